package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.HookState;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Live snapshots, forks and pauses of running guests, on real QEMU. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForkIT {
    private HostBench bench;

    @BeforeAll
    void open() throws Exception {
        bench = new HostBench(
                false,
                Map.of(
                        "oriel.host.instant", "true",
                        "oriel.host.pool", "polite=0,stubborn=1",
                        "oriel.host.max-vms", "9",
                        "oriel.host.freeze-rest", "1s"));
        await().atMost(Duration.ofSeconds(45))
                .until(() -> bench.host().templates().stream().anyMatch(TemplateStatus::instant));
    }

    @AfterAll
    void close() throws Exception {
        bench.host().stopGuests(Duration.ofSeconds(20));
        bench.close();
    }

    @Test
    void threeChildren_goOnFromTheSameInstant_eachItsOwnWay_andTheParentToo() throws Exception {
        VmSpec parent = started();
        Set<String> empty = pictures(parent);
        type(parent, "xy", empty);
        Set<String> typed = pictures(parent);

        SnapshotId moment = bench.host()
                .takeSnapshot(parent.id(), SnapshotId.random(), true)
                .id();
        List<VmSpec> children = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            VmSpec child = childOf(parent, moment);
            VmObservation seen = bench.ensure(child, VmGoal.RUNNING, 1);
            assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
            assertThat(seen.hooks()).as("it is to be told that it is a copy").contains(HookState.PENDING);
            assertThat(bench.runDirectory(child).resolve("clone")).isEmptyFile();
            children.add(child);
        }
        bench.host().dropSnapshot(parent.id(), moment);

        Set<String> all = new HashSet<>();
        for (VmSpec child : children) {
            await().atMost(HostBench.WAIT).until(() -> typed.contains(screen(child)));
            type(child, "abc".substring(0, children.indexOf(child) + 1), typed);
            Set<String> own = pictures(child);
            assertThat(all).doesNotContainAnyElementsOf(own);
            all.addAll(own);
        }
        assertThat(pictures(parent)).isSubsetOf(typed);
        type(parent, "w", typed);
        assertThat(bench.force(parent, VmGoal.DELETED, 2).phase()).isEqualTo(VmPhase.GONE);
        VmSpec child = children.getFirst();
        assertThat(bench.commandLineOf(child)).contains("cpus=" + parent.cpus());
        assertThat(bench.force(child, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(bench.ensure(child, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.commandLineOf(child)).contains("cpus=" + child.cpus());
    }

    @Test
    void forkRightAfterDroppedSnapshots_standsOnLayersThatNobodyWritesTo() throws Exception {
        VmSpec parent = started();
        for (int round = 0; round < 3; round++) {
            List<SnapshotId> dropped = new ArrayList<>();
            for (boolean live : new boolean[] {false, true}) {
                dropped.add(bench.host()
                        .takeSnapshot(parent.id(), SnapshotId.random(), live)
                        .id());
            }
            dropped.forEach(snapshot -> bench.host().dropSnapshot(parent.id(), snapshot));
            // The layers are being merged by now.
            SnapshotId moment = bench.host()
                    .takeSnapshot(parent.id(), SnapshotId.random(), true)
                    .id();
            VmSpec child = childOf(parent, moment);
            VmObservation seen = bench.ensure(child, VmGoal.RUNNING, 1);
            assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
            bench.host().dropSnapshot(parent.id(), moment);
            assertThat(bench.force(child, VmGoal.DELETED, 2).phase()).isEqualTo(VmPhase.GONE);
        }
        assertThat(bench.force(parent, VmGoal.DELETED, 2).phase()).isEqualTo(VmPhase.GONE);
    }

    @Test
    void liveSnapshot_isRestoredToItsMoment() throws Exception {
        VmSpec vm = started();
        Set<String> empty = pictures(vm);
        type(vm, "xy", empty);
        Set<String> typed = pictures(vm);
        SnapshotId moment =
                bench.host().takeSnapshot(vm.id(), SnapshotId.random(), true).id();
        type(vm, "zz", typed);

        VmSpec back = vm.from(new DiskSource(vm.id(), moment, 1));
        VmObservation seen = bench.host()
                .ensure(
                        new VmAssignment(back, VmGoal.RUNNING, true, 2).after(Optional.of(2L), Optional.empty()),
                        HostBench.WAIT);

        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        await().atMost(HostBench.WAIT).until(() -> typed.contains(screen(vm)));
        assertThat(bench.ensure(back, VmGoal.SUSPENDED, 3).phase()).isEqualTo(VmPhase.SUSPENDED);
        Files.delete(bench.runDirectory(vm).resolve("memory.state"));
        VmObservation lost = bench.ensure(back, VmGoal.RUNNING, 4);
        assertThat(lost.phase()).isEqualTo(VmPhase.FAILED);
        assertThat(lost.reason().orElseThrow()).contains("boots from its disk");
        assertThat(bench.ensure(back, VmGoal.RUNNING, 5).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void unwatchedGuest_standsStill_andGoesOnWhenSomebodyLooks() throws Exception {
        VmSpec vm = started();
        VmAssignment pausing =
                new VmAssignment(vm, VmGoal.RUNNING, false, 2).pausing(Optional.of(Duration.ofMillis(500)));
        bench.host().ensure(pausing, HostBench.WAIT);

        await().atMost(HostBench.WAIT).until(() -> isPaused(vm));
        long before = cpuTicks(vm);
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        assertThat(cpuTicks(vm) - before).as("ticks of 10 ms in 2 s").isLessThanOrEqualTo(1);
        bench.restart();
        await().atMost(HostBench.WAIT).until(() -> isPaused(vm));
        Set<String> still = pictures(vm);
        assertThat(still).hasSize(1);
        try (var viewer = dev.oriel.host.rfb.ScreenWatch.open(console(vm), HostBench.WAIT)) {
            viewer.press('x');
            viewer.press('y');
            await().atMost(HostBench.WAIT).until(() -> !still.contains(screen(vm)));
            await().atMost(HostBench.WAIT).until(() -> !isPaused(vm));
        }
        await().atMost(HostBench.WAIT).until(() -> isPaused(vm));
        assertThat(bench.ensure(vm, VmGoal.STOPPED, 3).phase()).isEqualTo(VmPhase.STOPPED);
    }

    private VmSpec started() {
        VmSpec spec = HostBench.spec(BootSector.STUBBORN);
        await().atMost(Duration.ofSeconds(45))
                .until(() -> bench.host().templates().stream()
                                .filter(TemplateStatus::instant)
                                .count()
                        == BootSector.values().length);
        // As users get them: the first layer of such a disk has a name of the pool's.
        await("a clone in the pool")
                .atMost(Duration.ofSeconds(45))
                .until(() -> bench.host().templates().stream().anyMatch(template -> template.poolReady() > 0));
        VmObservation seen = bench.ensure(spec, VmGoal.RUNNING, 1);
        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        return spec;
    }

    /** Its parent was changed since it began: the child has other hardware from its next start. */
    private static VmSpec childOf(VmSpec parent, SnapshotId moment) {
        return new VmSpec(
                        VmId.random(),
                        parent.owner(),
                        parent.template(),
                        parent.cpus() + 1,
                        Bytes.ofMiB(parent.memory().toMiB() + 32),
                        Bytes.ofMiB(parent.disk().toMiB() + 1),
                        Optional.empty())
                .from(new DiskSource(parent.id(), moment, 1));
    }

    private boolean isPaused(VmSpec vm) {
        return bench.host()
                .observe(vm.id())
                .orElseThrow()
                .reason()
                .filter(VmObservation.PAUSED_UNWATCHED::equals)
                .isPresent();
    }

    private long cpuTicks(VmSpec vm) throws Exception {
        String[] stat = Files.readString(Path.of("/proc", Long.toString(bench.pidOf(vm)), "stat"))
                .split(" ");
        return Long.parseLong(stat[13]) + Long.parseLong(stat[14]);
    }

    private void type(VmSpec vm, String text, Set<String> before) throws Exception {
        for (int i = 0; i < text.length(); i++) {
            Vnc.press(console(vm), text.charAt(i));
        }
        await().atMost(HostBench.WAIT).until(() -> !before.contains(screen(vm)));
        await().pollDelay(Duration.ofMillis(300)).until(() -> true);
    }

    private Path console(VmSpec vm) {
        return bench.sockets().resolve("vnc").resolve(vm.id().toString());
    }

    private String screen(VmSpec vm) {
        return HexFormat.of().formatHex(bench.host().screenshot(vm.id()));
    }

    /** Every picture of a second: the cursor of a text screen blinks. */
    private Set<String> pictures(VmSpec vm) {
        Set<String> pictures = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            pictures.add(screen(vm));
            await().pollDelay(Duration.ofMillis(130)).until(() -> true);
        }
        return pictures;
    }
}
