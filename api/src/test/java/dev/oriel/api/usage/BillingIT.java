package dev.oriel.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.api.vm.TestPlatform;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What use costs, what happens when the money is spent, and the quotas beside those of VMs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BillingIT {
    private final TestPlatform platform;
    private final TestApi api;
    private final JdbcClient sql;
    private String admin = "";

    BillingIT() throws IOException {
        platform = new TestPlatform(Map.of(
                "oriel.prices.vcpu-hour", "3600",
                "oriel.prices.upload-gib", "1024",
                "oriel.prices.currency", "CHF",
                "oriel.webhooks.private", "true"));
        api = platform.api;
        sql = api.bean(JdbcClient.class);
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @BeforeAll
    void signIn() {
        admin = TestApi.json(
                        api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
                .get("accessToken")
                .asString();
    }

    @Test
    void aMonth_isBilledByThePriceList_uploadsTooThatAreGoneAgain() {
        String token = api.register("payer");
        String file = upload(token, 1 << 20);
        send("DELETE", "/post/" + file, Map.of(), token, 204);
        upload(token, 1 << 20);
        JsonNode statement = send("GET", "/usage/statement", Map.of(), token, 200);
        assertThat(statement.get("name").asString()).isEqualTo("payer");
        assertThat(statement.get("total").decimalValue()).isEqualByComparingTo("2.00");
        assertThat(statement.get("currency").asString()).isEqualTo("CHF");
        assertThat(statement.get("complete").asBoolean()).isFalse();
        assertThat(send("GET", "/usage", Map.of(), token, 200)
                        .at("/total/uploadBytes")
                        .asLong())
                .isEqualTo(2 << 20);
        assertThat(answer("GET", "/usage/statement/csv", Map.of(), token).body())
                .contains(",uploads,0.0020,GiB,1024,2.00,CHF\r\n")
                .contains(",total,,,,2.00,CHF\r\n");
        send("GET", "/usage/statement?month=2026-13", Map.of(), token, 400);
        send("GET", "/usage/statement?user=" + id(admin), Map.of(), token, 403);
        send("GET", "/usage/statement?user=" + id(token), Map.of(), admin, 200);
        assertThat(send("GET", "/usage/statement?month=2020-01", Map.of(), token, 200)
                        .get("total")
                        .decimalValue())
                .isEqualByComparingTo("0");
    }

    @Test
    void spentBudget_suspendsWhatRuns_andStartsNothingMore_untilThereIsMoneyAgain() {
        String token = api.register("spender");
        String user = id(token);
        send("POST", "/webhooks", Map.of("url", "http://127.0.0.1:9/hook"), token, 201);
        send("PUT", "/usage/budget", Map.of("amount", 5), token, 403);
        String vm = send("POST", "/vm", Map.of("template", "tiny", "cpus", 1), token, 201)
                .get("id")
                .asString();
        // As if it had run for ten seconds more: ten francs.
        sql.sql("""
                        UPDATE usage_interval SET began_at = began_at - interval '10 seconds'
                        WHERE vm_id = CAST(:vm AS uuid) AND kind = 'running'
                        """).param("vm", vm).update();
        send("PUT", "/usage/budget?user=" + user, Map.of("amount", 5), admin, 200);
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(send("GET", "/vm/" + vm, Map.of(), token, 200)
                                .get("state")
                                .asString())
                        .isEqualTo("suspended"));
        assertThat(send("GET", "/usage/statement", Map.of(), token, 200)
                        .at("/budget/spent")
                        .asBoolean())
                .isTrue();
        HttpResponse<String> refused = answer("POST", "/vm", Map.of("template", "tiny"), token);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body()).contains("quota-exceeded").contains("budget");
        send("POST", "/vm/" + vm + "/resume", Map.of(), token, 403);
        assertThat(told(user)).containsExactlyInAnyOrder("budget.warned", "budget.spent");
        assertThat(answer("GET", "/admin/audit?act=budget-spent", Map.of(), admin)
                        .body())
                .contains("of 5.00 CHF");
        send("PUT", "/usage/budget?user=" + user, Map.of("amount", 100000), admin, 200);
        send("POST", "/vm/" + vm + "/resume", Map.of(), token, 200);
        send("DELETE", "/usage/budget?user=" + user, Map.of(), admin, 204);
        send("DELETE", "/vm/" + vm, Map.of(), token, 204);
    }

    @Test
    void snapshotsAndConsoles_haveQuotas_thatHoldInParallel() throws Exception {
        String token = api.register("hoarder");
        send(
                "PATCH",
                "/admin/users/" + id(token),
                Map.of("quota", Map.of("snapshots", 2, "consoles", 3, "uploadFiles", 1)),
                admin,
                200);
        String vm = send("POST", "/vm", Map.of("template", "tiny"), token, 201)
                .get("id")
                .asString();
        assertThat(parallel(6, "/vm/" + vm + "/snapshots", token)).isEqualTo(2);
        // One ticket came with the VM.
        assertThat(parallel(8, "/vm/" + vm + "/console", token)).isEqualTo(2);
        upload(token, 10);
        JsonNode usage = send("GET", "/auth/me", Map.of(), token, 200).get("usage");
        assertThat(usage.get("snapshots").asInt()).isEqualTo(2);
        assertThat(usage.get("consoles").asInt()).isEqualTo(3);
        assertThat(usage.get("uploadFiles").asInt()).isEqualTo(1);
        assertThat(usage.get("uploadBytes").asInt()).isEqualTo(10);
        // Tickets that were never used give their room back.
        sql.sql("UPDATE console_lease SET expires_at = now() - interval '1 second'")
                .update();
        send("POST", "/vm/" + vm + "/console", Map.of(), token, 200);
        send("DELETE", "/vm/" + vm, Map.of(), token, 204);
    }

    private long parallel(int times, String path, String token) throws InterruptedException {
        Callable<Integer> one = () -> answer("POST", path, Map.of(), token).statusCode();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return threads.invokeAll(Collections.nCopies(times, one)).stream()
                    .map(Future::resultNow)
                    .filter(status -> status < 300)
                    .count();
        }
    }

    private List<String> told(String owner) {
        return sql.sql("""
                        SELECT payload ->> 'type' FROM webhook_delivery JOIN webhook ON webhook.id = webhook_id
                        WHERE owner_id = CAST(:owner AS uuid) AND payload ->> 'type' LIKE 'budget.%'
                        """).param("owner", owner).query(String.class).list();
    }

    private String id(String token) {
        return send("GET", "/auth/me", Map.of(), token, 200).get("id").asString();
    }

    private String upload(String token, int bytes) {
        String form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + "x".repeat(bytes)
                + "\r\n--b--\r\n";
        HttpResponse<String> answer = api.send(api.request("/post")
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString(form)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer).get("id").asString();
    }

    private JsonNode send(String method, String path, Map<String, ?> body, String token, int expected) {
        HttpResponse<String> answer = answer(method, path, body, token);
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(expected);
        return answer.body().isEmpty() ? JsonMapper.shared().missingNode() : TestApi.json(answer);
    }

    private HttpResponse<String> answer(String method, String path, Map<String, ?> body, String token) {
        HttpRequest.Builder request =
                api.request(path).header("Authorization", "Bearer " + token).header("Accept", "application/json");
        if (body.isEmpty()) {
            return api.send(request.method(method, BodyPublishers.noBody()));
        }
        return api.send(request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body))));
    }
}
