package dev.oriel.api.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;
import tools.jackson.databind.JsonNode;

class OpsResourceIT {
    @Test
    void everythingAnswers() throws Exception {
        try (TestApi api = ApiTestServers.startApi()) {
            assertThat(api.get("/healthz").statusCode()).isEqualTo(200);
            HttpResponse<String> ready = api.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(200);
            JsonNode parts = TestApi.json(ready).get("components");
            assertThat(parts.get("postgres").get("status").asString()).isEqualTo("ok");
            assertThat(parts.get("redis").get("status").asString()).isEqualTo("ok");
            assertMetrics(api);
            assertDescription(api);
            assertDocs(api);
        }
    }

    private static void assertMetrics(TestApi api) throws IOException, InterruptedException {
        HttpResponse<String> metrics = api.get("/metrics");
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
        assertThat(metrics.body())
                .contains("# HELP http_server_requests_seconds ")
                .contains("uri=\"/readyz\"")
                .contains("http_server_requests_seconds_bucket")
                .contains("oriel_logins_total{outcome=\"refused\"}");
        assertPromtoolIsContent(metrics.body());
        HttpResponse<String> open =
                api.send(api.request("/metrics").header("Accept", "application/openmetrics-text;version=1.0.0"));
        assertThat(open.headers().firstValue("Content-Type").orElse("")).startsWith("application/openmetrics-text");
        assertThat(open.body()).endsWith("# EOF\n");
    }

    /** Asks Prometheus's own checker, where it is installed. */
    private static void assertPromtoolIsContent(String metrics) throws IOException, InterruptedException {
        Path promtool = Path.of("/usr/bin/promtool");
        if (!Files.isExecutable(promtool)) {
            return;
        }
        Process check = new ProcessBuilder(promtool.toString(), "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (OutputStream in = check.getOutputStream()) {
            in.write(metrics.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(check.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private static void assertDescription(TestApi api) {
        JsonNode api31 = TestApi.json(api.get("/openapi.json"));
        assertThat(api31.get("info").get("title").asString()).isEqualTo("Oriel");
        assertThat(api31.get("servers").get(0).get("url").asString()).isEqualTo("https://localhost:8443/api");
        JsonNode me = api31.get("paths").get("/auth/me").get("get");
        assertThat(me.has("parameters")).isFalse();
        assertThat(me.get("responses").get("default").get("content").has("application/problem+json"))
                .isTrue();
        assertThat(api31.get("components")
                        .get("schemas")
                        .get("Problem")
                        .get("properties")
                        .has("requestId"))
                .isTrue();
        assertThat(api31.get("paths").get("/auth/login").get("post").get("security"))
                .isEmpty();
        assertThat(api31.at("/paths/~1post/post/requestBody/content").has("multipart/form-data"))
                .isTrue();
        assertThat(api31.get("paths").has("/metrics")).isFalse();
        List<String> groups = api31.get("tags")
                .valueStream()
                .map(tag -> tag.get("name").asString())
                .toList();
        api31.get("paths").values().stream()
                .flatMap(path -> path.values().stream())
                .forEach(operation -> {
                    assertThat(operation.get("summary").asString())
                            .as("words for people: %s", operation.get("operationId"))
                            .contains(" ");
                    assertThat(groups).contains(operation.at("/tags/0").asString());
                });
    }

    private static void assertDocs(TestApi api) {
        assertThat(api.get("/docs").body())
                .contains("/docs/swagger-ui-bundle.js")
                .doesNotContain("<script>");
        assertThat(api.get("/docs/swagger-ui-bundle.js").body()).contains("SwaggerUIBundle");
        assertThat(api.get("/docs/docs.js").statusCode()).isEqualTo(200);
        assertThat(api.get("/docs/nothing.js").statusCode()).isEqualTo(404);
    }

    @Test
    void redisGone_isSeen_andReadingAndSigningInGoOn() {
        int port = ApiTestServers.freePort();
        RedisServer redis = ApiTestServers.ownRedis(port);
        redis.start();
        try (TestApi api = ApiTestServers.startApi(Map.of("oriel.api.redis-url", "redis://127.0.0.1:" + port))) {
            String token = api.register("patient");
            redis.stop();
            long begin = System.nanoTime();
            assertThat(api.get("/readyz").statusCode()).isEqualTo(503);
            assertThat(me(api, token)).isEqualTo(200);
            assertThat(api.post("/auth/login", Map.of("username", "patient", "password", "a long enough password"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(logout(api, token)).isEqualTo(204);
            assertThat(me(api, token)).isEqualTo(401);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
            redis = ApiTestServers.ownRedis(port);
            redis.start();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> api.get("/readyz").statusCode() == 200);
            assertThat(me(api, token)).isEqualTo(401);
            assertAnnounced(api);
        } finally {
            redis.stop();
        }
    }

    /** The logout of while Redis was away reaches the gateways when it is back. */
    private static void assertAnnounced(TestApi api) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> !api.bean(org.springframework.data.redis.core.StringRedisTemplate.class)
                        .keys("oriel:revoked:login:*")
                        .isEmpty());
    }

    private static int me(TestApi api, String token) {
        return api.send(api.request("/auth/me").header("Authorization", "Bearer " + token))
                .statusCode();
    }

    private static int logout(TestApi api, String token) {
        return api.send(api.request("/auth/logout")
                        .header("Authorization", "Bearer " + token)
                        .POST(java.net.http.HttpRequest.BodyPublishers.noBody()))
                .statusCode();
    }
}
