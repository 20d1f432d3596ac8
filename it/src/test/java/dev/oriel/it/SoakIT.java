package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** VMs made and deleted again and again while Oriel's roles and guests are killed at random: in the end nothing is left. */
class SoakIT {
    private static final int REAL = Integer.getInteger("oriel.test.soak-real", 4);
    private static final int SIMULATED = Integer.getInteger("oriel.test.soak-simulated", 0);
    private static final int CYCLES_PER_USER = 40;

    /** A role, three at worst, starts again on a machine that does other things too. */
    private static final Duration BACK = Duration.ofSeconds(90);

    private static final Duration NOTHING_LEFT = Duration.ofSeconds(100);
    private static final List<String> ROLES = List.of("host", "api", "gateway");

    private final AtomicInteger failed = new AtomicInteger();

    @Test
    void realGuests_andRolesKilledAtRandom_leaveNothing_andAVmSurvivesALossOfPower() throws Exception {
        try (RunningOriel oriel = RunningOriel.start(RunningOriel.newData("soak"), "--split")) {
            OrielUser.register(oriel).awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
            soak(oriel, REAL, 2, Duration.ofSeconds(REAL > 10 ? 15 : 4));
            lossOfPower(oriel);
        }
    }

    @Test
    void simulatedGuests_andRolesKilledAtRandom_leaveNothing() throws Exception {
        assumeThat(SIMULATED).as("cycles on the simulated host").isPositive();
        try (RunningOriel oriel = RunningOriel.start(RunningOriel.newData("soak-sim"), "--split", "--host=sim")) {
            soak(oriel, SIMULATED, 4, Duration.ofSeconds(12));
        }
    }

    private void lossOfPower(RunningOriel oriel) {
        OrielUser user = registered(oriel);
        byte[] file = "accepted before the power went".getBytes(StandardCharsets.UTF_8);
        String upload = sure(() ->
                        Optional.of(user.upload("note.txt", "file", file)).filter(answer -> answer.status() == 201))
                .text("id");
        String vm = user.createRunning("tiny").path("id").asString();
        oriel.losePower();
        try (RunningOriel again = oriel.startAgain()) {
            OrielUser back = user.on(again);
            back.awaitState(vm, "running", BACK);
            assertThat(back.download("/api/post/" + upload + "/content")).isEqualTo(file);
            back.deleteFully(vm);
            assertThat(again.filesIn("vms/users")).isEmpty();
            assertThat(again.filesIn("run/instance")).isEmpty();
        }
    }

    private void soak(RunningOriel oriel, int cycles, int threads, Duration betweenKills) throws Exception {
        OrielUser first = OrielUser.register(oriel);
        first.deleteFully(first.createRunning("tiny").path("id").asString());
        Remains remains = new Remains(oriel);
        Map<String, Long> before = remains.count();
        AtomicInteger left = new AtomicInteger(cycles);
        int kills = 0;
        long began = System.nanoTime();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(workers.submit(cyclesOf(oriel, left)));
            }
            Random random = new Random(cycles);
            while (all.stream().anyMatch(worker -> !worker.isDone())) {
                TimeUnit.MILLISECONDS.sleep(betweenKills.toMillis() / 2 + random.nextLong(betweenKills.toMillis()));
                kills += kill(oriel, kills, random) ? 1 : 0;
            }
            for (Future<Boolean> worker : all) {
                assertThat(worker.get()).isTrue();
            }
        }
        Awaitility.await("nothing is left")
                .atMost(NOTHING_LEFT)
                .pollInterval(Duration.ofSeconds(1))
                .ignoreExceptions()
                .untilAsserted(() ->
                        assertThat(Remains.differences(before, remains.count())).isEmpty());
        System.out.printf(
                "soak: %d VMs made and deleted in %d s, %d kills of roles and guests, %d VMs ended failed; %s%n",
                cycles, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began), kills, failed.get(), before);
    }

    private Callable<Boolean> cyclesOf(RunningOriel oriel, AtomicInteger left) {
        return () -> {
            OrielUser user = registered(oriel);
            int done = 0;
            while (left.getAndDecrement() > 0) {
                cycle(user);
                done++;
                if (done % CYCLES_PER_USER == 0) {
                    user = registered(oriel);
                }
            }
            return true;
        };
    }

    private void cycle(OrielUser user) {
        String key = UUID.randomUUID().toString();
        OrielUser.Answer made = sure(() -> {
            OrielUser.Answer answer =
                    user.send("POST", "/api/vm", "{\"template\":\"tiny\"}", "Prefer", "wait=5", "Idempotency-Key", key);
            return answer.status() == 201 || answer.status() == 202 ? Optional.of(answer) : Optional.empty();
        });
        String vm = made.text("id");
        String state = sure(() -> Optional.of(user.get("/api/vm/" + vm))
                .filter(answer -> answer.status() == 200)
                .map(answer -> answer.text("state"))
                .filter(word -> word.equals("running") || word.equals("failed")));
        if (state.equals("failed")) {
            failed.incrementAndGet();
        }
        sure(() -> {
            int status = user.delete("/api/vm/" + vm).status();
            return status == 200 || status == 202 || status == 204 || status == 404
                    ? Optional.of(status)
                    : Optional.empty();
        });
        sure(() -> Optional.of(user.get("/api/vm/" + vm).status()).filter(status -> status == 404));
    }

    private OrielUser registered(RunningOriel oriel) {
        return sure(() -> {
            try {
                return Optional.of(OrielUser.register(oriel));
            } catch (AssertionError e) {
                return Optional.empty();
            }
        });
    }

    private interface Attempt<T> {
        Optional<T> make();
    }

    /** As a patient program does it: what fails while a role is away is tried again. */
    private static <T> T sure(Attempt<T> attempt) {
        return Awaitility.await()
                .atMost(BACK)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptionsMatching(UncheckedIOException.class::isInstance)
                .until(attempt::make, Optional::isPresent)
                .orElseThrow();
    }

    /** The VM Manager first, then whoever it hits. */
    private static boolean kill(RunningOriel oriel, int before, Random random) {
        if (before > 0 && random.nextInt(4) == 0) {
            Optional<ProcessHandle> guest = oriel.processes().stream()
                    .filter(line -> line.contains("guest=oriel-"))
                    .flatMap(line -> ProcessHandle.of(Long.parseLong(line.substring(0, line.indexOf(' ')))).stream())
                    .findAny();
            return guest.map(ProcessHandle::destroyForcibly).orElse(false);
        }
        try {
            return oriel.role(ROLES.get(before == 0 ? 0 : random.nextInt(ROLES.size())))
                    .destroyForcibly();
        } catch (AssertionError e) {
            return false; // it was killed a moment ago
        }
    }
}
