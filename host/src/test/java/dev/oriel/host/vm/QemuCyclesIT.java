package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many VMs on real QEMU, treated badly: whatever happens, what is seen is what is there, and nothing stays. */
class QemuCyclesIT {
    private static final int CYCLES = Integer.getInteger("oriel.test.qemu-cycles", 8);
    private static final int VERBS = Integer.getInteger("oriel.test.random-verbs", 200) / 4;

    private HostBench bench;

    @BeforeEach
    void open() throws Exception {
        boolean root = System.getProperty("user.name").equals("root");
        Map<String, String> settings = new HashMap<>(Map.of("oriel.host.max-vms", "5"));
        if (root) {
            settings.put("oriel.host.uid-base", "814000");
        }
        bench = new HostBench(true, settings);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void madeKilledAndDeleted_againAndAgain_leaveNothing() throws Exception {
        Random random = new Random(1);
        Set<String> uids = new HashSet<>();
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            VmSpec spec = HostBench.spec(BootSector.POLITE);
            bench.host().ensure(new VmAssignment(spec, VmGoal.RUNNING, false, 1), Duration.ZERO);
            int fate = random.nextInt(4);
            if (fate > 0) {
                assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
                uids.add(uidOf(bench.pidOf(spec)));
            }
            switch (fate) {
                case 0, 1 -> bench.restart();
                case 2 -> ProcessHandle.of(bench.pidOf(spec)).orElseThrow().destroyForcibly();
                default -> bench.force(spec, VmGoal.STOPPED, 2);
            }
            assertThat(bench.ensure(spec, VmGoal.DELETED, 9).phase()).isEqualTo(VmPhase.GONE);
        }
        assertThat(bench.leftovers()).isEmpty();
        await().atMost(Duration.ofSeconds(5)).until(() -> bench.processes().isEmpty());
        assertThat(uids).as("uids are used again").hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void randomWishesOfManyThreads_endInWhatPsAndTheDisksSay() throws Exception {
        List<VmSpec> specs = List.of(
                HostBench.spec(BootSector.POLITE),
                HostBench.spec(BootSector.POLITE),
                HostBench.spec(BootSector.POLITE),
                HostBench.spec(BootSector.FRAIL),
                HostBench.spec(BootSector.STUBBORN));
        AtomicLong generation = new AtomicLong();
        List<Future<Boolean>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                Random random = new Random(i);
                all.add(threads.submit(() -> {
                    while (generation.get() < VERBS) {
                        wish(specs.get(random.nextInt(specs.size())), generation.incrementAndGet(), random);
                    }
                    return true;
                }));
            }
        }
        for (Future<Boolean> each : all) {
            assertThat(each.get()).isTrue();
        }
        Set<Long> alive = new HashSet<>();
        for (VmSpec spec : specs) {
            Optional<VmObservation> known = bench.host().observe(spec.id());
            if (known.isEmpty()) {
                continue; // no wish has met it
            }
            await().atMost(HostBench.WAIT)
                    .until(() -> bench.host().observe(spec.id()).orElseThrow().settled());
            VmObservation seen = bench.host().observe(spec.id()).orElseThrow();
            assertThat(seen.phase()).isIn(VmPhase.RUNNING, VmPhase.STOPPED);
            Path pid = bench.runDirectory(spec).resolve("pid");
            assertThat(Files.exists(pid)).as("%s", seen).isEqualTo(seen.phase() == VmPhase.RUNNING);
            if (seen.phase() == VmPhase.RUNNING) {
                alive.add(bench.pidOf(spec));
                assertThat(diskOf(spec)).exists();
            } else if (Files.exists(diskOf(spec))) {
                assertThat(Program.need("qemu-img")
                                .run(
                                        List.of(
                                                "check",
                                                "-f",
                                                "qcow2",
                                                diskOf(spec).toString()),
                                        HostBench.WAIT)
                                .output())
                        .contains("No errors were found");
            }
        }
        assertThat(bench.processes()).containsExactlyInAnyOrderElementsOf(alive);
    }

    private Path diskOf(VmSpec spec) {
        return bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".qcow2");
    }

    private void wish(VmSpec spec, long generation, Random random) {
        VmGoal goal = random.nextInt(3) == 0 ? VmGoal.STOPPED : VmGoal.RUNNING;
        Optional<Long> restart = random.nextInt(4) == 0 ? Optional.of(generation) : Optional.empty();
        Optional<Long> reset = random.nextInt(4) == 0 ? Optional.of(generation) : Optional.empty();
        VmAssignment assignment = new VmAssignment(spec, goal, random.nextBoolean(), generation).after(restart, reset);
        try {
            VmObservation _ = bench.host().ensure(assignment, Duration.ofMillis(random.nextInt(500)));
        } catch (OrielException e) {
            // Another thread was faster with a newer one.
            assertThat(e.code()).isEqualTo(ErrorCode.STALE_GENERATION);
        }
    }

    private static String uidOf(long pid) throws Exception {
        return Files.getAttribute(Path.of("/proc", Long.toString(pid)), "unix:uid")
                .toString();
    }
}
