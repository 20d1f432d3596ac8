package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code up --metrics}: every role is scraped, the rules hold, and each expression of the dashboard gives something. */
class MonitoringIT {
    private static final Path DEPLOY = RunningOriel.ROOT.resolve("deploy");

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void alertRules_passTheirTests() throws Exception {
        assertThat(promtool("test", "rules", "alerts_test.yml")).contains("SUCCESS");
    }

    @Test
    void everyRole_isScraped_andEveryPanelHasData() throws Exception {
        try (RunningOriel oriel = RunningOriel.start(RunningOriel.newData("metrics"), "--host=sim", "--metrics")) {
            OrielUser user = OrielUser.register(oriel);
            String vm = user.createRunning("tiny").path("id").asString();
            OrielUser.Answer ticket = user.console(vm);
            try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
                assertThat(console.frame()).isNotEmpty();
                String prometheus = "http://127.0.0.1:" + oriel.ports().get("prometheus");
                Awaitility.await("all four targets are up")
                        .atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofSeconds(1))
                        .untilAsserted(() -> assertThat(value(prometheus, "sum(up{job=\"oriel\"})"))
                                .isEqualTo(4));
                for (JsonNode panel : dashboard().path("panels")) {
                    for (JsonNode target : panel.path("targets")) {
                        assertPanelHasData(prometheus, target.path("expr").asString());
                    }
                }
            }
        }
    }

    private void assertPanelHasData(String prometheus, String expression) {
        Awaitility.await(expression)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    JsonNode answer = query(prometheus, expression);
                    assertThat(answer.path("status").asString()).isEqualTo("success");
                    // Nobody was refused in this run, so that one series may not exist yet.
                    if (!expression.contains("refusals")) {
                        assertThat(answer.path("data").path("result").size())
                                .as("series of %s", expression)
                                .isPositive();
                    }
                });
    }

    private double value(String prometheus, String expression) throws IOException, InterruptedException {
        JsonNode result = query(prometheus, expression).path("data").path("result");
        return result.isEmpty()
                ? 0
                : Double.parseDouble(result.get(0).path("value").get(1).asString());
    }

    private JsonNode query(String prometheus, String expression) throws IOException, InterruptedException {
        URI uri =
                URI.create(prometheus + "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                HttpResponse.BodyHandlers.ofString());
        return JsonMapper.shared().readTree(answer.body());
    }

    private static JsonNode dashboard() throws IOException {
        return JsonMapper.shared().readTree(Files.readString(DEPLOY.resolve("grafana/dashboards/overview.json")));
    }

    private static String promtool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(DEPLOY.resolve("prometheus").toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
