package dev.oriel.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.api.vm.TestPlatform;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UsageIT {
    private final TestPlatform platform;
    private final TestApi api;
    private final JdbcClient sql;

    UsageIT() throws IOException {
        platform = new TestPlatform();
        api = platform.api;
        sql = api.bean(JdbcClient.class);
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @Test
    void running_isCountedOnce_fromTheFirstFrameToTheStop() {
        String token = api.register("runner");
        String vm = create(token);
        long begin = System.nanoTime();
        Awaitility.await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
        stop(token, vm);
        double ran = (System.nanoTime() - begin) / 1e9;
        JsonNode total = TestApi.json(get("/usage", token)).get("total");
        assertThat(total.get("runningSeconds").asDouble()).isBetween(Math.floor(ran) - 1, Math.ceil(ran) + 2);
        assertThat(total.get("vcpuSeconds").asLong())
                .isEqualTo(total.get("runningSeconds").asLong());
        long before = total.get("runningSeconds").asLong();
        Awaitility.await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        assertThat(TestApi.json(get("/usage", token))
                        .at("/total/runningSeconds")
                        .asLong())
                .isEqualTo(before);
        assertThat(openIntervals(vm)).containsOnlyKeys("disk");
        api.send(api.request("/vm/" + vm)
                .header("Authorization", "Bearer " + token)
                .DELETE());
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> openIntervals(vm).isEmpty());
    }

    @Test
    void severalDays_areSplitAtMidnightUtc_andASpreadsheetReadsThem() {
        String token = api.register("old-hand");
        String owner = TestApi.json(get("/auth/me", token)).get("id").asString();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        String noonTwoDaysAgo = today.minusDays(2) + "T12:00:00Z";
        interval(owner, "running", noonTwoDaysAgo, today.minusDays(1) + "T06:00:00Z");
        interval(owner, "disk", noonTwoDaysAgo, today.minusDays(1) + "T12:00:00Z");
        JsonNode report = TestApi.json(get("/usage?from=" + today.minusDays(3), token));
        assertThat(report.get("days")).hasSize(4);
        assertThat(report.at("/days/0/runningSeconds").asLong()).isZero();
        assertThat(report.at("/days/1/runningSeconds").asLong()).isEqualTo(12 * 3600);
        assertThat(report.at("/days/2/runningSeconds").asLong()).isEqualTo(6 * 3600);
        assertThat(report.at("/total/vcpuSeconds").asLong()).isEqualTo(18 * 3600 * 2);
        assertThat(report.at("/total/memoryGiBHours").asDouble()).isEqualTo(18);
        assertThat(report.at("/total/diskGiBHours").asDouble()).isEqualTo(24 * 8);
        HttpResponse<String> csv = get("/usage/csv?from=" + today.minusDays(3), token);
        assertThat(csv.headers().firstValue("Content-Type").orElse("")).startsWith("text/csv");
        assertThat(csv.body()).contains(today.minusDays(2) + ",43200,86400,12.0,0,96.0,0\r\n");
    }

    @Test
    void silence_orAJumpingClock_isNotCounted() {
        String token = api.register("sleeper");
        String vm = create(token);
        // As if no API had been at work for the last hour, in which the VM seemed to run.
        sql.sql("UPDATE usage_interval SET began_at = now() - interval '61 minutes' WHERE vm_id = CAST(:vm AS uuid)")
                .param("vm", vm)
                .update();
        sql.sql("UPDATE usage_heartbeat SET at = now() - interval '60 minutes'").update();
        assertThat(running(token)).isLessThanOrEqualTo(3 * 60 + 5);
        sql.sql("SELECT usage_beat()").query(Boolean.class).single();
        assertThat(running(token)).isBetween(55L, 75L);
        assertThat(openIntervals(vm)).containsOnlyKeys("running", "disk");
        stop(token, vm);
        // A clock that was put back ends what began later, at its beginning.
        sql.sql("UPDATE usage_interval SET began_at = now() + interval '1 hour' WHERE ended_at IS NULL")
                .update();
        api.send(api.request("/vm/" + vm)
                .header("Authorization", "Bearer " + token)
                .DELETE());
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> openIntervals(vm).isEmpty());
        assertThat(running(token)).isBetween(55L, 80L);
    }

    @Test
    void others_areNobodysBusiness_butAnAdministrators() {
        String token = api.register("curious");
        String admin = TestApi.json(
                        api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
                .get("accessToken")
                .asString();
        String adminId = TestApi.json(get("/auth/me", admin)).get("id").asString();
        String ownId = TestApi.json(get("/auth/me", token)).get("id").asString();
        assertThat(get("/usage?user=" + adminId, token).statusCode()).isEqualTo(403);
        assertThat(get("/usage?user=" + UUID.randomUUID(), token).statusCode()).isEqualTo(403);
        assertThat(get("/usage?user=" + ownId, admin).statusCode()).isEqualTo(200);
        assertThat(get("/usage?from=yesterday", token).statusCode()).isEqualTo(400);
        assertThat(get("/usage?from=2020-01-01", token).statusCode()).isEqualTo(400);
    }

    private long running(String token) {
        return TestApi.json(get("/usage", token)).at("/total/runningSeconds").asLong();
    }

    private Map<String, Object> openIntervals(String vm) {
        Map<String, Object> open = new java.util.TreeMap<>();
        sql.sql("SELECT kind, began_at FROM usage_interval WHERE vm_id = CAST(:vm AS uuid) AND ended_at IS NULL")
                .param("vm", vm)
                .query((row, number) -> open.put(row.getString("kind"), row.getString("began_at")))
                .list();
        return open;
    }

    private void interval(String owner, String kind, String from, String to) {
        sql.sql("""
                        INSERT INTO usage_interval (owner_id, vm_id, kind, cpus, memory_bytes, disk_bytes, began_at, ended_at)
                        VALUES (CAST(:owner AS uuid), gen_random_uuid(), :kind, 2, 1073741824, 8589934592,
                                CAST(:from AS timestamptz), CAST(:to AS timestamptz))
                        """)
                .param("owner", owner)
                .param("kind", kind)
                .param("from", from)
                .param("to", to)
                .update();
    }

    private String create(String token) {
        HttpResponse<String> answer = api.send(api.jsonRequest("/vm", Map.of("template", "tiny", "cpus", 1))
                .header("Authorization", "Bearer " + token));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer).get("id").asString();
    }

    private void stop(String token, String vm) {
        HttpResponse<String> answer = api.send(api.request("/vm/" + vm + "/stop")
                .header("Authorization", "Bearer " + token)
                .POST(BodyPublishers.noBody()));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private HttpResponse<String> get(String path, String token) {
        return api.send(api.request(path).header("Authorization", "Bearer " + token));
    }
}
