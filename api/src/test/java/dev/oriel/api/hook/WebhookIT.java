package dev.oriel.api.hook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.api.vm.TestPlatform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

class WebhookIT {
    /** What arrived, as its receiver would check it. */
    private record Heard(String id, String timestamp, String signature, String body) {}

    private final List<Heard> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger failures = new AtomicInteger(1);

    @Test
    void news_arriveSigned_andAreTriedAgain() throws IOException {
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/hook", this::receive);
        receiver.start();
        try (TestPlatform platform = new TestPlatform(Map.of("oriel.webhooks.private", "true"))) {
            TestApi api = platform.api;
            String token = api.register("listener");
            String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
            JsonNode made = TestApi.json(post(api, "/webhooks", Map.of("url", url), token));
            String secret = made.get("secret").asString();
            assertThat(secret).startsWith("whsec_");
            assertThat(get(api, "/webhooks", token).body()).contains("\"createdAt\":" + made.get("createdAt"));
            assertThat(get(api, "/webhooks", token).body()).contains(url).doesNotContain(secret);
            // Kept sealed; one of the time before that is sealed at the next start, and signs as it did.
            JdbcClient sql = api.bean(JdbcClient.class);
            assertThat(kept(sql)).startsWith("v1.").doesNotContain(secret);
            sql.sql("UPDATE webhook SET secret = :plain").param("plain", secret).update();
            api.bean(Webhooks.class).afterPropertiesSet();
            assertThat(kept(sql)).startsWith("v1.").doesNotContain(secret);
            post(api, "/vm", Map.of("template", "tiny"), token);
            // The first try of one was refused by the receiver: it comes again after 5 s.
            Awaitility.await().atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
                assertThat(states()).contains("running", "starting");
                assertThat(failures.get()).isNegative();
            });
            assertThat(heard).allSatisfy(it -> {
                assertThat(it.signature())
                        .isEqualTo("v1,"
                                + WebhookSender.signature(secret, it.id() + "." + it.timestamp() + "." + it.body()));
                assertThat(Instant.ofEpochSecond(Long.parseLong(it.timestamp())))
                        .isBetween(
                                Instant.now().minusSeconds(120), Instant.now().plusSeconds(5));
            });
            assertThat(heard.stream().map(Heard::id)).doesNotHaveDuplicates();
            String id = made.get("id").asString();
            HttpResponse<String> deliveries = get(api, "/webhooks/" + id + "/deliveries", token);
            assertThat(TestApi.json(deliveries)
                            .get(0)
                            .get("payload")
                            .get("type")
                            .asString())
                    .isEqualTo("vm.state");
            assertThat(deliveries.body()).contains("HTTP 204");
            String stranger = api.register("stranger");
            assertThat(get(api, "/webhooks/" + id + "/deliveries", stranger).statusCode())
                    .isEqualTo(404);
            assertThat(delete(api, "/webhooks/" + id, stranger)).isEqualTo(404);
            assertThat(delete(api, "/webhooks/" + id, token)).isEqualTo(204);
        } finally {
            receiver.stop(0);
        }
    }

    /** Ten addresses of somebody else that take every connection and never answer. */
    @Test
    void addressesThatNeverAnswer_keepNobodyElsesNewsWaiting_norFillTheDatabase() throws IOException {
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/hook", this::receive);
        receiver.start();
        failures.set(0);
        try (ServerSocket deaf = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
                TestPlatform platform = new TestPlatform(Map.of("oriel.webhooks.private", "true"))) {
            TestApi api = platform.api;
            String slow = api.register("slow");
            String full = "";
            for (int i = 0; i < 10; i++) {
                String url = "http://127.0.0.1:" + deaf.getLocalPort() + "/" + i;
                full = TestApi.json(post(api, "/webhooks", Map.of("url", url), slow))
                        .get("id")
                        .asString();
            }
            JdbcClient sql = api.bean(JdbcClient.class);
            sql.sql("""
                    INSERT INTO webhook_delivery (id, webhook_id, payload, due_at)
                    SELECT gen_random_uuid(), CAST(:hook AS uuid), '{}', now() + interval '1 day'
                    FROM generate_series(1, 1000)
                    """).param("hook", full).update();
            for (int i = 0; i < 4; i++) {
                post(api, "/vm", Map.of("template", "tiny"), slow);
            }
            assertThat(waiting(sql, full)).isEqualTo(1000);
            String quick = api.register("quick");
            String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
            post(api, "/webhooks", Map.of("url", url), quick);
            post(api, "/vm", Map.of("template", "tiny"), quick);
            // One address that does not answer is waited for 15 s.
            Awaitility.await()
                    .atMost(Duration.ofSeconds(12))
                    .untilAsserted(() -> assertThat(states()).contains("running"));
        } finally {
            receiver.stop(0);
        }
    }

    private static int waiting(JdbcClient sql, String hook) {
        return sql.sql("SELECT count(*) FROM webhook_delivery WHERE webhook_id = CAST(:hook AS uuid)")
                .param("hook", hook)
                .query(Integer.class)
                .single();
    }

    @Test
    void addressesInside_andNoAddresses_areRefused() {
        try (TestApi api = ApiTestServers.startApi()) {
            String token = api.register("prober");
            for (String url : List.of(
                    "http://127.0.0.1:5432/",
                    "http://localhost/",
                    "http://[::1]/",
                    "http://169.254.169.254/latest/meta-data",
                    "http://10.0.2.2:6379/",
                    "file:///etc/passwd",
                    "gopher://example.org/",
                    "https://user:secret@1.1.1.1/",
                    "nonsense",
                    "https://1.1.1.1/" + "x".repeat(500))) {
                HttpResponse<String> answer = post(api, "/webhooks", Map.of("url", url), token);
                assertThat(answer.statusCode()).as(url).isEqualTo(400);
                assertThat(answer.body()).contains("\"field\":\"url\"");
            }
            for (int i = 0; i < 10; i++) {
                assertThat(post(api, "/webhooks", Map.of("url", "https://1.1.1.1/" + i), token)
                                .statusCode())
                        .isEqualTo(201);
            }
            assertThat(post(api, "/webhooks", Map.of("url", "https://1.1.1.1/more"), token)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(delete(api, "/webhooks/" + UUID.randomUUID(), token)).isEqualTo(404);
        }
    }

    private static String kept(JdbcClient sql) {
        return sql.sql("SELECT secret FROM webhook").query(String.class).single();
    }

    private void receive(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (failures.getAndDecrement() > 0) {
            exchange.sendResponseHeaders(500, -1);
        } else {
            heard.add(new Heard(
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    body));
            exchange.sendResponseHeaders(204, -1);
        }
        exchange.close();
    }

    private List<String> states() {
        return heard.stream()
                .map(it -> tools.jackson.databind.json.JsonMapper.shared()
                        .readTree(it.body())
                        .at("/data/state")
                        .asString())
                .toList();
    }

    private static HttpResponse<String> get(TestApi api, String path, String token) {
        return api.send(api.request(path).header("Authorization", "Bearer " + token));
    }

    private static HttpResponse<String> post(TestApi api, String path, Map<String, ?> body, String token) {
        return api.send(api.jsonRequest(path, body).header("Authorization", "Bearer " + token));
    }

    private static int delete(TestApi api, String path, String token) {
        return api.send(api.request(path)
                        .header("Authorization", "Bearer " + token)
                        .DELETE())
                .statusCode();
    }
}
