package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.disk.DiskLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * kill -9 of the VM Manager just before any step of a freeze, a suspend, a resume or a fork: the guest still shows what
 * was typed into it, and nothing is left that nobody knows.
 */
class MemoryCrashIT {
    @RegisterExtension
    static final FreshBench BENCHES = new FreshBench(MemoryStorm.SETTINGS);

    /** How many of the steps are tried, at random; {@code ./oriel test --long} asks for all, each once. */
    private static final int STEPS = Integer.getInteger("oriel.test.memory-steps", 2);

    /** About as many as a round has. */
    private static final int ABOUT = 160;

    /** About as many as the freezer takes for all templates. */
    private static final int ABOUT_FREEZING = 120;

    private final Random random = new Random();
    private final HostBench bench;
    private long generation = 1;

    MemoryCrashIT(HostBench bench) {
        this.bench = bench;
    }

    @AfterEach
    void stopGuests() {
        bench.host().stopGuests(Duration.ofSeconds(20));
    }

    @Test
    void managerKilledInSuspendResumeOrFork_losesNothingOfTheGuest_andLeavesNothing() throws Exception {
        MemoryStorm.awaitFrozen(bench);
        bench.ensure(MemoryStorm.VM, VmGoal.RUNNING, generation);
        Set<String> shown = new HashSet<>(typeAndSee('x'));
        new StepSweep(STEPS, ABOUT, 40).over(step -> {
            KilledManager.Life life = oneLife(step, "vm-");
            examine("step " + step + ", having said " + life.said(), life, shown);
            shown.clear();
            shown.addAll(typeAndSee('z'));
            if (life.steps() < step) {
                assertThat(life.said()).as("a round that nobody cut short").contains("dropped");
            }
            return life;
        });
        bench.force(MemoryStorm.VM, VmGoal.DELETED, generation + 9);
        await().atMost(HostBench.WAIT)
                .untilAsserted(() -> assertThat(strangers()).isEmpty());
    }

    @Test
    void managerKilledInAFreeze_leavesNoHalfOne_andTheNextOneFreezes() throws Exception {
        int rounds = Math.max(1, STEPS / 2);
        for (int i = 1; i <= rounds; i++) {
            int step = 1 + random.nextInt(ABOUT_FREEZING);
            generation = 0;
            Path frozen = bench.data().resolve("vms/instant");
            bench.restart(() -> {
                for (Path holder : filesIn(frozen, "holder")) {
                    endHolder(holder);
                }
                for (Path file : filesIn(frozen, "")) {
                    Files.deleteIfExists(file);
                }
                KilledManager.Life life =
                        new KilledManager(bench.root(), MemoryStorm.class, "instant-freezer").untilStep(0, step);
                assertThat(life.said()).as("step %s", step).contains("freezing");
            });
            MemoryStorm.awaitFrozen(bench);
            assertThat(filesIn(frozen, "").stream()
                            .map(file -> frozen.relativize(file).getName(0).toString()))
                    .as("killed before step %s", step)
                    .noneMatch(name -> name.endsWith(".part"));
            await().atMost(HostBench.WAIT)
                    .untilAsserted(
                            () -> assertThat(guests()).as("step %s", step).isEmpty());
            assertThat(strangers()).as("step %s", step).isEmpty();
        }
    }

    /** A guest that stands still shows its last picture too: only one that runs shows what is typed. */
    private Set<String> typeAndSee(char letter) throws Exception {
        Set<String> before = pictures();
        Vnc.press(console(), letter);
        await("what is typed").atMost(HostBench.WAIT).until(() -> !before.contains(screen()));
        await().pollDelay(Duration.ofMillis(300)).until(() -> true);
        return pictures();
    }

    private KilledManager.Life oneLife(int step, String threads) throws Exception {
        KilledManager.Life[] lived = new KilledManager.Life[1];
        generation += 10;
        bench.restart(() ->
                lived[0] = new KilledManager(bench.root(), MemoryStorm.class, threads).untilStep(generation, step));
        assertThat(lived[0].steps()).isPositive();
        return lived[0];
    }

    private void examine(String name, KilledManager.Life life, Set<String> typed) throws Exception {
        VmObservation seen = bench.ensure(MemoryStorm.VM, VmGoal.RUNNING, generation + 5);
        assertThat(seen.phase()).as("%s: %s", name, seen.reason()).isEqualTo(VmPhase.RUNNING);
        await(name).atMost(HostBench.WAIT).until(() -> typed.contains(screen()));
        if (life.said("kept")) {
            VmObservation child = bench.ensure(MemoryStorm.CHILD, VmGoal.RUNNING, generation + 5);
            assertThat(child.phase()).as("%s: %s", name, child.reason()).isEqualTo(VmPhase.RUNNING);
        }
        if (life.said("kept") && !life.said("forked")) {
            assertThat(bench.host().disk(MemoryStorm.VM.id()).snapshots().stream()
                            .map(SnapshotStatus::id))
                    .as(name)
                    .contains(MemoryStorm.MOMENT);
        }
        bench.force(MemoryStorm.CHILD, VmGoal.DELETED, generation + 6);
        bench.host().dropSnapshot(MemoryStorm.VM.id(), MemoryStorm.MOMENT);
        await().atMost(HostBench.WAIT)
                .untilAsserted(() -> assertThat(strangers()).as(name).isEmpty());
        assertThat(guests()).as(name).hasSize(1);
    }

    /** Files that are neither the VM's as it runs nor a frozen state's. */
    private List<String> strangers() throws IOException {
        Path mine = bench.runDirectory(MemoryStorm.VM);
        List<String> layers = Files.exists(mine.resolve("disk.json"))
                ? new DiskBench(bench)
                        .chainOf(MemoryStorm.VM).layers().stream()
                                .map(DiskLayer::path)
                                .map(path -> bench.root().relativize(path).toString())
                                .toList()
                : List.of();
        String instance = Files.exists(mine) ? mine.toRealPath().getFileName().toString() : "none";
        return bench.leftovers().stream()
                .filter(file -> !file.startsWith("d/vms/instant/") || file.contains(".part"))
                .filter(file -> !layers.contains(file))
                .filter(file -> file.contains("memory.state")
                        || file.contains("suspended.json")
                        || file.contains(".part")
                        || file.contains("state.sock")
                        || !(file.contains(instance)
                                || file.contains(MemoryStorm.VM.id().toString())))
                .toList();
    }

    private List<Long> guests() throws IOException {
        return bench.processes().stream()
                .filter(pid -> ProcessHandle.of(pid).isPresent())
                .filter(MemoryCrashIT::isGuest)
                .toList();
    }

    private static boolean isGuest(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
                    .contains("guest=oriel-");
        } catch (IOException e) {
            return false;
        }
    }

    private static List<Path> filesIn(Path directory, String name) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> name.isEmpty() || file.endsWith(name))
                    .toList();
        }
    }

    private static void endHolder(Path holder) throws IOException {
        long pid = Long.parseLong(Files.readString(holder).split(" ")[0]);
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private Path console() {
        return bench.sockets().resolve("vnc").resolve(MemoryStorm.VM.id().toString());
    }

    private String screen() {
        return HexFormat.of().formatHex(bench.host().screenshot(MemoryStorm.VM.id()));
    }

    /** Every picture of a second: the cursor of a text screen blinks. */
    private Set<String> pictures() {
        Set<String> pictures = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            pictures.add(screen());
            await().pollDelay(Duration.ofMillis(130)).until(() -> true);
        }
        return pictures;
    }
}
