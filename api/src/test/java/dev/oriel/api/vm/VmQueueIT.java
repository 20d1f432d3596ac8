package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.core.vm.VmId;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.data.domain.Range;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Many wishes at once, and queue entries that nobody should have written. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmQueueIT {
    private static final String STREAM = "oriel:lifecycle";

    private final TestPlatform platform;
    private final StringRedisTemplate redis;

    VmQueueIT() throws IOException {
        this.platform = new TestPlatform(Map.of("oriel.quota.running-vms", "3", "oriel.api.queue-retry", "0.3s"));
        this.redis = platform.api.bean(StringRedisTemplate.class);
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @Test
    void fiftyCreatesAtOnce_getExactlyTheQuota() throws Exception {
        VmUser user = platform.newUser();
        List<HttpResponse<String>> answers = atOnce(50, () -> user.post("/vm", Map.of("template", "tiny")));
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 201))
                .hasSize(3);
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 403))
                .hasSize(47)
                .allSatisfy(answer -> assertThat(VmUser.code(answer)).isEqualTo("quota-exceeded"));
        assertThat(TestApi.json(user.get("/vm"))).hasSize(3);
    }

    /** The row that all of them need is held for longer than anybody waits for a connection. */
    @Test
    void whatOneAsksForAtOnce_leavesConnectionsToOthers_andIsAnswered() throws Exception {
        VmUser user = platform.newUser();
        VmUser other = platform.newUser();
        String id = TestApi.json(user.get("/auth/me")).get("id").asString();
        TransactionTemplate transaction = new TransactionTemplate(platform.api.bean(PlatformTransactionManager.class));
        JdbcClient sql = platform.api.bean(JdbcClient.class);
        List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            calls.add(() -> user.post("/vm", Map.of("template", "tiny")));
        }
        calls.add(() -> {
            Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            return other.get("/vm?limit=1");
        });
        Thread holder = Thread.startVirtualThread(() -> transaction.executeWithoutResult(_ -> sql.sql(
                        "SELECT pg_sleep(1.4) FROM (SELECT 1 FROM account WHERE id = CAST(:id AS uuid) FOR UPDATE) AS held")
                .param("id", id)
                .query()
                .singleRow()));
        List<HttpResponse<String>> answers = atOnce(calls);
        holder.join();
        assertThat(answers.stream().map(HttpResponse::statusCode).filter(code -> code != 403))
                .containsExactlyInAnyOrder(201, 201, 201, 200);
    }

    @Test
    void startsAtOnce_areBoundByTheQuotaToo() throws Exception {
        VmUser user = platform.newUser();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String id = user.createId();
            user.post("/vm/" + id + "/stop", Map.of());
            ids.add(id);
        }
        List<Callable<HttpResponse<String>>> starts = new ArrayList<>();
        ids.forEach(id -> starts.add(() -> user.post("/vm/" + id + "/start", Map.of())));
        List<HttpResponse<String>> answers = atOnce(starts);
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 200))
                .hasSize(3);
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 403))
                .hasSize(2);
    }

    @Test
    void oneKeyUsedAtOnce_makesOneVm() throws Exception {
        VmUser user = platform.newUser();
        List<HttpResponse<String>> answers =
                atOnce(8, () -> user.post("/vm", Map.of("template", "tiny"), "Idempotency-Key", "k"));
        assertThat(answers).allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(201));
        assertThat(answers.stream()
                        .map(answer -> TestApi.json(answer).get("id").asString())
                        .distinct())
                .hasSize(1);
    }

    @Test
    void keyUsedAgain_givesWhatItMade_alsoWhenThatCouldNotBeMadeAnyMore() {
        VmUser user = platform.newUser();
        String[] key = {"Idempotency-Key", "k"};
        String parent = user.createId();
        String snapshot = TestApi.json(user.post("/vm/" + parent + "/snapshots", Map.of()))
                .get("id")
                .asString();
        HttpResponse<String> first = user.post("/vm", Map.of("snapshot", snapshot), key);
        user.send("DELETE", "/vm/" + parent, Map.of());
        HttpResponse<String> again = user.post("/vm", Map.of("snapshot", snapshot), key);
        assertThat(again.statusCode())
                .as(again.body())
                .isEqualTo(first.statusCode())
                .isEqualTo(201);
        assertThat(TestApi.json(again).get("id")).isEqualTo(TestApi.json(first).get("id"));
    }

    /** Neither another VM, nor an address that is 404. */
    @Test
    void keyUsedAgain_isAConflict_whenWhatItMadeIsDeleted() {
        VmUser user = platform.newUser();
        String[] key = {"Idempotency-Key", "k"};
        String id = TestApi.json(user.post("/vm", Map.of("template", "tiny"), key))
                .get("id")
                .asString();
        assertThat(user.send("DELETE", "/vm/" + id, Map.of()).statusCode()).isEqualTo(204);
        HttpResponse<String> again = user.post("/vm", Map.of("template", "tiny"), key);
        assertThat(again.statusCode()).as(again.body()).isEqualTo(409);
        assertThat(TestApi.json(again).get("code").asString()).isEqualTo("state-conflict");
        assertThat(TestApi.json(again).get("state").asString()).isEqualTo("deleted");
    }

    @Test
    void entriesThatMakeNoSense_areParked() {
        redis.opsForStream().add(STREAM, Map.of("vm", "../../etc/passwd", "generation", "1"));
        redis.opsForStream().add(STREAM, Map.of("hello", "world"));
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            assertThat(parkedBecause("not a lifecycle entry")).isGreaterThanOrEqualTo(2);
            assertThat(redis.opsForStream().size(STREAM)).isZero();
        });
        assertThat(platform.api
                        .bean(MeterRegistry.class)
                        .get("oriel.queue.parked")
                        .counter()
                        .count())
                .isGreaterThanOrEqualTo(2);
        assertThat(platform.newUser().post("/vm", Map.of("template", "tiny")).statusCode())
                .isEqualTo(201);
    }

    @Test
    void duplicateStaleAndForgedEntries_haveNoEffect() {
        VmUser user = platform.newUser();
        String id = user.createId();
        user.post("/vm/" + id + "/stop", Map.of());
        long revision = revision(id);
        for (int i = 0; i < 20; i++) {
            add(id, 1);
            add(id, 2);
            add(id, 99);
            add(UUID.randomUUID().toString(), 1);
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(
                        () -> assertThat(redis.opsForStream().size(STREAM)).isZero());
        assertThat(revision(id)).isEqualTo(revision);
        assertThat(user.show(id).get("state").asString()).isEqualTo("stopped");
        assertThat(platform.host.host().observe(VmId.of(id)).orElseThrow().generation())
                .isEqualTo(2);
    }

    @Test
    void entriesOfADeadConsumer_areTakenUp_byAnyReplica() {
        String id = platform.newUser().createId();
        try (TestApi second = platform.replica()) {
            // Added and delivered in one transaction: no living consumer has a chance to be first.
            redis.execute(RedisScript.of("""
                            redis.call('XADD', KEYS[1], '*', 'vm', ARGV[1], 'generation', '1')
                            redis.call('XADD', KEYS[1], '*', 'left', 'behind')
                            return #redis.call('XREADGROUP', 'GROUP', 'workers', 'api-dead', 'STREAMS', KEYS[1], '>')
                            """, Long.class), List.of(STREAM), id);
            assertThat(pendingOf("api-dead")).isEqualTo(2);
            long parked = parkedBecause("not a lifecycle entry");

            Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                assertThat(redis.opsForStream().size(STREAM)).isZero();
                assertThat(pendingOf("api-dead")).isZero();
                assertThat(parkedBecause("not a lifecycle entry")).isEqualTo(parked + 1);
            });
            assertThat(second.port()).isNotEqualTo(platform.api.port());
        }
    }

    @Test
    void entryThatAlwaysFails_isParkedAfterFiveTries_itsVmFails_andMetricsSayIt() {
        VmUser user = platform.newUser();
        String id = user.createId();
        user.post("/vm/" + id + "/stop", Map.of());
        platform.host.host().script().brokenFor(Optional.of(VmId.of(id)));
        try {
            assertThat(user.post("/vm/" + id + "/start", Map.of(), "Prefer", "wait=0")
                            .statusCode())
                    .isEqualTo(202);
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                assertThat(parkedBecause("failed 5 times")).isEqualTo(1);
                assertThat(redis.opsForStream().size(STREAM)).isZero();
            });
        } finally {
            platform.host.host().script().brokenFor(Optional.empty());
        }
        assertThat(user.show(id).get("state").asString()).isEqualTo("failed");
        assertThat(platform.api.get("/metrics").body())
                .containsPattern("(?m)^oriel_queue_parked_total(\\{[^}]*})? [1-9]")
                .containsPattern("(?m)^oriel_queue_depth(\\{[^}]*})? 0")
                .contains("oriel_queue_lag_seconds");
        // It was the host's fault and is over: the owner may try again.
        assertThat(user.post("/vm/" + id + "/start", Map.of()).statusCode()).isEqualTo(200);
    }

    private long parkedBecause(String why) {
        List<MapRecord<String, Object, Object>> parked = Optional.ofNullable(
                        redis.opsForStream().range(STREAM + ":parked", Range.unbounded()))
                .orElse(List.of());
        return parked.stream()
                .filter(entry -> why.equals(entry.getValue().get("why")))
                .count();
    }

    private long pendingOf(String consumer) {
        return redis.opsForStream()
                .pending(STREAM, "workers")
                .getPendingMessagesPerConsumer()
                .getOrDefault(consumer, 0L);
    }

    private long revision(String id) {
        return platform.api.bean(VmStore.class).load(VmId.of(id)).orElseThrow().revision();
    }

    private void add(String vm, long generation) {
        redis.opsForStream().add(STREAM, Map.of("vm", vm, "generation", Long.toString(generation)));
    }

    private static List<HttpResponse<String>> atOnce(int count, Callable<HttpResponse<String>> call) throws Exception {
        List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            calls.add(call);
        }
        return atOnce(calls);
    }

    private static List<HttpResponse<String>> atOnce(List<Callable<HttpResponse<String>>> calls) throws Exception {
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<HttpResponse<String>> answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
        }
        return answers;
    }
}
