package dev.oriel.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.account.UserId;
import dev.oriel.core.config.Settings;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.HostPaths;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.sim.SimulatedHost;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP form of the host contract, as java.net.http sees it. */
class HostServerTest {
    private static final String SECRET = "0123456789abcdefghijklmnopqrstuv";

    @TempDir
    Path dir;

    private SimulatedHost host;
    private HostServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void start() {
        HostConfig config = HostConfig.from(new Settings(Map.of(
                "oriel.host.secret",
                SECRET,
                "oriel.host.sockets",
                dir.toString(),
                "oriel.host.simulated",
                "true",
                "oriel.host.image-limit",
                "100000")));
        host = new SimulatedHost(config.name(), config.sockets(), config.maxVms(), Clock.systemUTC());
        host.script().bootDelay(Duration.ofMillis(4)).stopDelay(Duration.ofMillis(2));
        server = HostServer.start(config, host);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void info_isServed_withTheSecret() throws Exception {
        HttpResponse<String> answer = send(request(HostPaths.INFO).GET());
        assertThat(answer.statusCode()).isEqualTo(200);
        HostInfo info = OrielJson.mapper().readValue(answer.body(), HostInfo.class);
        assertThat(info.name().value()).isEqualTo("local");
        assertThat(info.maxVms()).isEqualTo(64);
    }

    @Test
    void everyRoute_isRefused_withoutOrWithAWrongSecret() throws Exception {
        for (String path : new String[] {
            HostPaths.INFO, HostPaths.TEMPLATES, HostPaths.CHANGES, HostPaths.VMS + "/" + VmId.random()
        }) {
            assertProblem(send(HttpRequest.newBuilder(uri(path)).GET()), 401, "unauthenticated");
            assertProblem(
                    send(HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + SECRET + "x")),
                    401,
                    "unauthenticated");
        }
    }

    @Test
    void aVm_isMadeSeenAndDeleted_overHttp() throws Exception {
        VmAssignment create = assignment(VmGoal.RUNNING, 1);
        VmId vm = create.spec().id();
        VmObservation running = observation(send(put(create, 5000)));
        assertThat(running.phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(running.settled()).isTrue();
        assertThat(running.bootMillis()).isPresent();
        assertThat(dir.resolve("vnc").resolve(vm.toString())).exists();

        HttpResponse<byte[]> png = client.send(
                request(HostPaths.VMS + "/" + vm + "/screenshot").GET().build(), BodyHandlers.ofByteArray());
        assertThat(png.statusCode()).isEqualTo(200);
        assertThat(png.body()).startsWith(0x89, 'P', 'N', 'G');

        VmChanges all = OrielJson.mapper()
                .readValue(send(request(HostPaths.CHANGES).GET()).body(), VmChanges.class);
        assertThat(all.complete()).isTrue();
        assertThat(all.vms()).containsExactly(running);

        VmAssignment delete = new VmAssignment(create.spec(), VmGoal.DELETED, false, 2);
        assertThat(observation(send(put(delete, 5000))).phase()).isEqualTo(VmPhase.GONE);
        assertProblem(send(request(HostPaths.VMS + "/" + vm).GET()), 404, "not-found");
        assertThat(dir.resolve("vnc").resolve(vm.toString())).doesNotExist();
    }

    @Test
    void badRequests_areProblems() throws Exception {
        VmAssignment create = assignment(VmGoal.RUNNING, 1);
        String path = HostPaths.VMS + "/" + VmId.random();
        byte[] body = OrielJson.mapper().writeValueAsBytes(create);
        assertProblem(send(json(path).PUT(BodyPublishers.ofByteArray(body))), 400, "bad-request");
        assertProblem(send(json(path).PUT(BodyPublishers.ofString("{"))), 400, "bad-request");
        assertProblem(send(json(path).PUT(BodyPublishers.ofString("null"))), 400, "bad-request");
        assertProblem(send(json(path).PUT(BodyPublishers.ofString("x".repeat(70_000)))), 413, "too-large");
        assertProblem(send(request(path).PUT(BodyPublishers.ofByteArray(body))), 415, "unsupported-media-type");
        assertProblem(send(request(HostPaths.VMS + "/nonsense").GET()), 400, "bad-request");
        assertProblem(send(request(HostPaths.CHANGES + "?since=-1").GET()), 400, "bad-request");
        assertProblem(send(request(HostPaths.INFO).DELETE()), 405, "method-not-allowed");
        assertProblem(send(request("/v1/none").GET()), 404, "not-found");
        assertProblem(send(request("/").GET()), 404, "not-found");
    }

    @Test
    void images_areCheckedOnTheWay() throws Exception {
        byte[] iso = "not really a disc".getBytes(StandardCharsets.UTF_8);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(iso));
        String path = HostPaths.IMAGES + "/" + digest;
        assertThat(send(request(path).method("HEAD", BodyPublishers.noBody())).statusCode())
                .isEqualTo(404);
        assertProblem(send(request(path).PUT(BodyPublishers.ofString("something else"))), 400, "bad-request");
        for (int i = 0; i < 20; i++) {
            assertProblem(send(request(path).PUT(BodyPublishers.ofByteArray(new byte[100_001]))), 413, "too-large");
        }
        assertThat(send(request(path).PUT(BodyPublishers.ofByteArray(iso))).statusCode())
                .isEqualTo(204);
        assertThat(send(request(path).method("HEAD", BodyPublishers.noBody())).statusCode())
                .isEqualTo(200);
        assertThat(send(request(path).DELETE()).statusCode()).isEqualTo(204);
        assertThat(send(request(path).method("HEAD", BodyPublishers.noBody())).statusCode())
                .isEqualTo(404);
    }

    @Test
    void anAbortedTransfer_isKeptNowhere_andTheServerGoesOn() throws Exception {
        String digest = "ab".repeat(32);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String head = "PUT " + HostPaths.IMAGES + "/" + digest + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + SECRET + "\r\nContent-Length: 90000\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(new byte[40_000]);
        }
        assertThat(host.hasImage(new ImageDigest(digest))).isFalse();
        await().untilAsserted(() -> assertThat(
                        send(HttpRequest.newBuilder(uri("/metrics"))).body())
                .contains("oriel_host_http_requests_total{route=\"put-image\",status=\"400\"} 1\n"));
    }

    @Test
    void whatIsNoHttp_isRefusedAsProblem() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(5000);
            String request = "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + "y".repeat(20_000) + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readNBytes(400), StandardCharsets.UTF_8);
            assertThat(answer)
                    .startsWith("HTTP/1.1 4")
                    .contains("application/problem+json", "\"code\":\"bad-request\"");
        }
    }

    @Test
    void anUnreachableHost_isNotReady_butAlive() throws Exception {
        assertThat(send(HttpRequest.newBuilder(uri("/readyz"))).statusCode()).isEqualTo(200);
        host.script().unreachable(true);
        assertProblem(send(request(HostPaths.TEMPLATES).GET()), 503, "host-unreachable");
        assertThat(send(HttpRequest.newBuilder(uri("/readyz"))).statusCode()).isEqualTo(503);
        assertThat(send(HttpRequest.newBuilder(uri("/healthz"))).statusCode()).isEqualTo(200);
        assertThat(send(HttpRequest.newBuilder(uri("/metrics"))).body()).contains("\noriel_host_up 0\n");
    }

    @Test
    void metrics_countRequestsAndVms_withHelp() throws Exception {
        send(put(assignment(VmGoal.RUNNING, 1), 5000));
        String text = send(HttpRequest.newBuilder(uri("/metrics"))).body();
        assertThat(text)
                .contains("oriel_host_vms 1\n")
                .contains("oriel_host_vms_by_phase{phase=\"running\"} 1\n")
                .contains("oriel_host_http_requests_total{route=\"ensure\",status=\"200\"} 1\n")
                .contains("oriel_host_template_ready{template=\"tiny\"} 1\n");
        assertThat(text.lines().filter(line -> line.startsWith("# TYPE")))
                .hasSameSizeAs(
                        text.lines().filter(line -> line.startsWith("# HELP")).toList());
    }

    private VmAssignment assignment(VmGoal goal, long generation) {
        VmSpec spec = new VmSpec(
                VmId.random(),
                UserId.random(),
                new TemplateName("tiny"),
                1,
                Bytes.ofMiB(128),
                Bytes.ofGiB(1),
                Optional.empty());
        return new VmAssignment(spec, goal, false, generation);
    }

    private HttpRequest.Builder put(VmAssignment assignment, int waitMillis) {
        byte[] body = OrielJson.mapper().writeValueAsBytes(assignment);
        return json(HostPaths.VMS + "/" + assignment.spec().id() + "?wait=" + waitMillis)
                .PUT(BodyPublishers.ofByteArray(body));
    }

    private HttpRequest.Builder json(String path) {
        return request(path).header("Content-Type", "application/json");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + SECRET);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
    }

    private static VmObservation observation(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return OrielJson.mapper().readValue(answer.body(), VmObservation.class);
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("\"code\":\"" + code + "\"", "\"requestId\":\"");
    }
}
