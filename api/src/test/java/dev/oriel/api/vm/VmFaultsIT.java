package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.core.account.UserId;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Every part fails once, and every wish is still fulfilled. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmFaultsIT {
    private static final Duration CONVERGED = Duration.ofSeconds(10);

    private final TestPlatform platform;

    VmFaultsIT() throws IOException {
        this.platform = new TestPlatform(Map.of("oriel.api.keep-unknown", "4s"));
    }

    @BeforeAll
    void warmUp() {
        platform.newUser().createId();
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @Test
    void flushedRedis_losesNoWish() {
        VmUser user = platform.newUser();
        String before = user.createId();
        platform.host.host().script().bootDelay(Duration.ofMillis(700));
        try {
            HttpResponse<String> during = user.post("/vm", Map.of("template", "tiny"), "Prefer", "wait=0");
            flushAll();
            String id = TestApi.json(during).get("id").asString();
            user.awaitState(id, "running", CONVERGED);
        } finally {
            platform.host.host().script().bootDelay(Duration.ofMillis(50));
        }
        flushAll();
        assertThat(user.post("/vm/" + before + "/stop", Map.of()).statusCode()).isEqualTo(200);
        assertThat(user.post("/vm", Map.of("template", "tiny")).statusCode()).isEqualTo(201);
        Awaitility.await("both running VMs have their sessions again")
                .atMost(CONVERGED)
                .untilAsserted(
                        () -> assertThat(TestApi.json(user.get("/sessions"))).hasSize(2));
    }

    @Test
    void lostObservations_ofManyVms_areWrittenAgainAsTheHostHasThem() {
        VmUser user = platform.newUser();
        List<String> ids = Stream.generate(user::createId).limit(6).toList();
        user.post("/vm/" + ids.getFirst() + "/stop", Map.of());
        List<JsonNode> before = ids.stream().map(user::show).toList();
        JdbcClient sql = platform.api.bean(JdbcClient.class);
        sql.sql("UPDATE vm SET settled = false, reason = 'lost', ended_at = NULL,"
                        + " started_at = CASE desired WHEN 'stopped' THEN started_at END,"
                        + " boot_millis = CASE desired WHEN 'stopped' THEN boot_millis END,"
                        + " due_at = now() + interval '1 hour', revision = revision + 1,"
                        + " state = CASE desired WHEN 'running' THEN 'starting' ELSE 'stopping' END"
                        + " WHERE owner_id = (SELECT owner_id FROM vm WHERE id = :one)")
                .param("one", UUID.fromString(ids.getFirst()))
                .update();
        Awaitility.await()
                .atMost(CONVERGED)
                .untilAsserted(
                        () -> assertThat(ids.stream().map(user::show).toList()).isEqualTo(before));
        assertThat(sql.sql(
                                "SELECT count(*) FROM vm WHERE owner_id = (SELECT owner_id FROM vm WHERE id = :one) AND settled AND (ended_at IS NOT NULL) = (state = 'stopped')")
                        .param("one", UUID.fromString(ids.getFirst()))
                        .query(Integer.class)
                        .single())
                .isEqualTo(6);
    }

    @Test
    void wishes_areFulfilled_whileRedisIsAway() throws IOException {
        VmUser user = platform.newUser();
        platform.stopRedis();
        try {
            HttpResponse<String> answer = user.post("/vm", Map.of("template", "tiny"));
            assertThat(answer.statusCode()).as(answer.body()).isIn(201, 202);
            user.awaitState(TestApi.json(answer).get("id").asString(), "running", CONVERGED);
        } finally {
            platform.startRedis();
        }
        Awaitility.await("the queue works again")
                .atMost(CONVERGED)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    long begin = System.nanoTime();
                    assertThat(user.post("/vm", Map.of("template", "tiny")).statusCode())
                            .isEqualTo(201);
                    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(1));
                });
    }

    @Test
    void hostThatDoesNotAnswer_losesItsVms_andBringsThemBack() {
        VmUser user = platform.newUser();
        String id = user.createId();
        platform.host.host().script().unreachable(true);
        try {
            user.awaitState(id, "lost", Duration.ofSeconds(25));
            assertThat(user.show(id).get("desired").asString()).isEqualTo("running");
        } finally {
            platform.host.host().script().unreachable(false);
        }
        user.awaitState(id, "running", CONVERGED);
    }

    @Test
    void stopDuringAnOutageOfTheHost_isDoneAfterIt() {
        VmUser user = platform.newUser();
        String id = user.createId();
        platform.host.host().script().unreachable(true);
        try {
            HttpResponse<String> stop = user.post("/vm/" + id + "/stop", Map.of(), "Prefer", "wait=1");
            assertThat(stop.statusCode()).isEqualTo(202);
            HttpResponse<String> delete = user.send("DELETE", "/vm/" + id, Map.of(), "Prefer", "wait=1");
            assertThat(delete.statusCode()).isEqualTo(202);
        } finally {
            platform.host.host().script().unreachable(false);
        }
        Awaitility.await().atMost(CONVERGED).until(() -> user.get("/vm/" + id).statusCode() == 404);
        assertThat(platform.host.host().observe(VmId.of(id))).isEmpty();
    }

    @Test
    void hostThatComesBackEmpty_getsItsRunningVmsAgain() {
        VmUser user = platform.newUser();
        String running = user.createId();
        String stopped = user.createId();
        user.post("/vm/" + stopped + "/stop", Map.of());
        platform.host.replace();
        Awaitility.await("the host runs it again")
                .atMost(CONVERGED)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    Optional<VmObservation> seen = platform.host.host().observe(VmId.of(running));
                    assertThat(seen.map(now -> now.phase().name())).contains("RUNNING");
                });
        user.awaitState(running, "running", CONVERGED);
        assertThat(user.show(stopped).get("state").asString()).isEqualTo("stopped");
    }

    @Test
    void deletedVm_thatAHostStillHolds_isDeletedThere() {
        VmUser user = platform.newUser();
        String id = user.createId();
        user.send("DELETE", "/vm/" + id, Map.of());
        VmSpec spec = new VmSpec(
                VmId.of(id),
                UserId.random(),
                new TemplateName("tiny"),
                1,
                Bytes.ofMiB(64),
                Bytes.ofGiB(1),
                Optional.empty());
        platform.host.host().ensure(new VmAssignment(spec, VmGoal.RUNNING, false, 50), Duration.ofSeconds(2));
        Awaitility.await("the leftover goes")
                .atMost(Duration.ofSeconds(15))
                .until(() -> platform.host.host().observe(VmId.of(id)).isEmpty());
    }

    @Test
    void vmThatTheDatabaseDoesNotKnow_isKept_untilItsTimeIsOver_unlessTheDatabaseIsMended() throws Exception {
        VmUser user = platform.newUser();
        String mended = user.createId();
        String leftover = user.createId();
        JdbcClient sql = platform.api.bean(JdbcClient.class);
        sql.sql("CREATE TABLE newer AS SELECT * FROM vm WHERE id = CAST(:id AS uuid)")
                .param("id", mended)
                .update();
        long began = System.nanoTime();
        for (String id : List.of(mended, leftover)) {
            sql.sql("DELETE FROM vm WHERE id = CAST(:id AS uuid)")
                    .param("id", id)
                    .update();
        }
        Awaitility.await("it is said").atMost(CONVERGED).until(() -> unknownVmsSeen() >= 2);
        sql.sql("INSERT INTO vm SELECT * FROM newer").update();
        sql.sql("DROP TABLE newer").update();
        Awaitility.await("the leftover goes")
                .atMost(Duration.ofSeconds(15))
                .until(() -> platform.host.host().observe(VmId.of(leftover)).isEmpty());
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofSeconds(4));
        assertThat(platform.host.host().observe(VmId.of(mended))).isPresent();
        assertThat(user.show(mended).get("state").asString()).isEqualTo("running");
    }

    @Test
    void twoReplicas_shareWorkAndNews() {
        VmUser user = platform.newUser();
        try (TestApi second = platform.replica()) {
            VmUser there = new VmUser(second, user.token());
            for (int i = 0; i < 4; i++) {
                VmUser at = i % 2 == 0 ? user : there;
                String id = at.createId();
                VmUser other = i % 2 == 0 ? there : user;
                HttpResponse<String> stopped = other.post("/vm/" + id + "/stop", Map.of());
                assertThat(stopped.statusCode()).as(stopped.body()).isEqualTo(200);
                assertThat(at.send("DELETE", "/vm/" + id, Map.of()).statusCode())
                        .isEqualTo(204);
            }
        }
        assertThat(user.post("/vm", Map.of("template", "tiny")).statusCode()).isEqualTo(201);
    }

    private double unknownVmsSeen() {
        return platform.api
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("oriel_reconcile_drift") && line.contains("kind=\"unknown\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private void flushAll() {
        platform.api.bean(StringRedisTemplate.class).execute((RedisCallback<Boolean>) connection -> {
            connection.serverCommands().flushAll();
            return true;
        });
    }
}
