package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Many hands on few machines, and many machines one after the other: all ends well and nothing stays. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmSoakIT {
    private static final int THREADS = 8;
    private static final int VERBS = Integer.getInteger("oriel.test.random-verbs", 200);
    private static final int CYCLES = Integer.getInteger("oriel.test.vm-cycles", 100);
    private static final Duration SETTLED = Duration.ofSeconds(30);

    private final TestPlatform platform;

    VmSoakIT() throws IOException {
        this.platform = new TestPlatform();
    }

    @BeforeAll
    void warmUp() throws Exception {
        platform.host.host().script().bootDelay(Duration.ofMillis(4)).stopDelay(Duration.ofMillis(4));
        cycles(THREADS);
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @Test
    void randomVerbsOfManyThreads_endInALegalState_thatTheHostAgreesWith() throws Exception {
        VmUser user = platform.newUser();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(user.createId());
        }
        AtomicInteger left = new AtomicInteger(VERBS);
        inThreads(number -> {
            Random random = new Random(number);
            while (left.getAndDecrement() > 0) {
                HttpResponse<String> answer = oneVerb(user, ids.get(random.nextInt(ids.size())), random);
                assertThat(answer.statusCode()).as(answer.body()).isIn(200, 202, 409);
            }
        });
        for (String id : ids) {
            Awaitility.await("VM " + id + " has come to rest").atMost(SETTLED).untilAsserted(() -> agreed(user, id));
        }
    }

    private static HttpResponse<String> oneVerb(VmUser user, String id, Random random) {
        String[] hurry = {"Prefer", "wait=" + random.nextInt(2)};
        return switch (random.nextInt(6)) {
            case 0 -> user.post("/vm/" + id + "/start", Map.of(), hurry);
            case 1 -> user.post("/vm/" + id + "/stop", Map.of(), hurry);
            case 2 -> user.post("/vm/" + id + "/stop", Map.of("force", true), hurry);
            case 3 -> user.post("/vm/" + id + "/restart", Map.of("force", random.nextBoolean()), hurry);
            case 4 -> user.post("/vm/" + id + "/reset", Map.of(), hurry);
            default -> user.send("PATCH", "/vm/" + id, Map.of("cpus", 1 + random.nextInt(4)));
        };
    }

    private void agreed(VmUser user, String id) {
        JsonNode vm = user.show(id);
        String state = vm.get("state").asString();
        assertThat(state).isIn("running", "stopped").isEqualTo(vm.get("desired").asString());
        Optional<VmObservation> seen = platform.host.host().observe(VmId.of(id));
        assertThat(seen.orElseThrow().phase()).isEqualTo(state.equals("running") ? VmPhase.RUNNING : VmPhase.STOPPED);
        assertThat(seen.orElseThrow().settled()).isTrue();
    }

    @Test
    void createAndDelete_againAndAgain_leaveNothing() throws Exception {
        Map<String, Long> before = inventory();
        cycles(CYCLES);
        Awaitility.await("nothing stays")
                .atMost(SETTLED)
                .untilAsserted(() -> assertThat(inventory()).isEqualTo(before));
    }

    private void cycles(int count) throws Exception {
        VmUser user = platform.newUser();
        AtomicInteger left = new AtomicInteger(count);
        inThreads(number -> {
            while (left.getAndDecrement() > 0) {
                HttpResponse<String> made = user.post("/vm", Map.of("template", "tiny"));
                assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
                String id = TestApi.json(made).get("id").asString();
                assertThat(user.send("DELETE", "/vm/" + id, Map.of()).statusCode())
                        .isEqualTo(204);
            }
        });
    }

    /** Everything that could pile up, but tombstones, and what Redis forgets by itself. */
    private Map<String, Long> inventory() throws IOException {
        Map<String, Long> counts = new TreeMap<>();
        JdbcClient sql = platform.api.bean(JdbcClient.class);
        for (String table : List.of("vm WHERE state <> 'deleted'", "vm_outbox", "vm_user_data")) {
            counts.put(
                    "rows of " + table,
                    sql.sql("SELECT count(*) FROM " + table).query(Long.class).single());
        }
        StringRedisTemplate redis = platform.api.bean(StringRedisTemplate.class);
        counts.put(
                "lasting keys",
                redis.keys("oriel:*").stream()
                        .filter(key -> redis.getExpire(key) < 0)
                        .count());
        counts.put("sessions", redis.opsForHash().size("oriel:sessions"));
        counts.put("queue", redis.opsForStream().size("oriel:lifecycle"));
        counts.put("VMs on the host", (long)
                platform.host.host().changes(0, Duration.ZERO).vms().size());
        try (Stream<Path> sockets = Files.walk(platform.host.sockets())) {
            counts.put("sockets", sockets.count());
        }
        return counts;
    }

    private interface Work {
        void run(int number) throws Exception;
    }

    private static void inThreads(Work work) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                all.add(() -> {
                    work.run(number);
                    return true;
                });
            }
            for (Future<Boolean> each : threads.invokeAll(all)) {
                assertThat(each.get()).isTrue();
            }
        }
    }
}
