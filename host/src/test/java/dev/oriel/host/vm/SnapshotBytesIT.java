package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What snapshots keep, byte for byte, on real QEMU and qcow2. */
@ExtendWith(FreshBench.class)
class SnapshotBytesIT {
    private final HostBench bench;
    private final DiskBench disks;

    SnapshotBytesIT(HostBench bench) {
        this.bench = bench;
        disks = new DiskBench(bench);
    }

    @Test
    void restoredSnapshot_isByteEqual_andBaseNeverChanges() throws Exception {
        VmSpec vm = stopped(BootSector.POLITE);
        Map<Path, ImageDigest> bases = bases();
        disks.write(vm, 1, 0, 96);
        ImageDigest atFirst = disks.contentOf(vm);
        SnapshotId first = take(vm);
        disks.write(vm, 2, 32, 96);
        ImageDigest atSecond = disks.contentOf(vm);
        SnapshotId second = take(vm);
        disks.write(vm, 3, 0, 512);

        VmSpec back = restore(vm, first, 1, 10);
        assertThat(disks.contentOf(vm)).isEqualTo(atFirst);
        disks.write(vm, 4, 100, 64);
        restore(back, second, 2, 11);
        assertThat(disks.contentOf(vm)).isEqualTo(atSecond);
        assertThat(bases()).isEqualTo(bases);
    }

    @Test
    void deletedSnapshots_areMerged_whileTheVmRests_withoutALostByte() throws Exception {
        VmSpec vm = stopped(BootSector.POLITE);
        Map<SnapshotId, ImageDigest> kept = pile(vm, 4);
        List<SnapshotId> order = bench.host().disk(vm.id()).snapshots().stream()
                .map(snapshot -> snapshot.id())
                .toList();
        ImageDigest now = disks.contentOf(vm);

        bench.host().dropSnapshot(vm.id(), order.get(0));
        bench.host().dropSnapshot(vm.id(), order.get(2));

        awaitLayers(vm, 3);
        assertThat(disks.contentOf(vm)).isEqualTo(now);
        restore(vm, order.get(1), 1, 10);
        assertThat(disks.contentOf(vm)).isEqualTo(kept.get(order.get(1)));
        assertThat(filesOf(vm)).hasSize(bench.host().disk(vm.id()).snapshots().size() + 2);
    }

    @Test
    void deletedSnapshots_areMerged_whileTheGuestRuns_withoutALostByte() throws Exception {
        VmSpec vm = stopped(BootSector.POLITE);
        Map<SnapshotId, ImageDigest> kept = pile(vm, 3);
        List<SnapshotId> order = bench.host().disk(vm.id()).snapshots().stream()
                .map(snapshot -> snapshot.id())
                .toList();
        ImageDigest now = disks.contentOf(vm);
        bench.ensure(vm, VmGoal.RUNNING, 5);
        long pid = bench.pidOf(vm);
        SnapshotId live = take(vm);

        bench.host().dropSnapshot(vm.id(), order.get(1));
        bench.host().dropSnapshot(vm.id(), live);

        awaitLayers(vm, 3);
        assertThat(bench.pidOf(vm)).isEqualTo(pid);
        assertThat(bench.host().observe(vm.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        bench.ensure(vm, VmGoal.STOPPED, 6);
        assertThat(disks.contentOf(vm)).isEqualTo(now);
        restore(vm, order.get(2), 1, 10);
        assertThat(disks.contentOf(vm)).isEqualTo(kept.get(order.get(2)));
        restore(vm, order.get(0), 2, 11);
        assertThat(disks.contentOf(vm)).isEqualTo(kept.get(order.get(0)));
    }

    @Test
    void newVm_hasTheBytesOfTheSnapshot_andShowsNothingOfItsParentAfterwards() throws Exception {
        VmSpec vm = stopped(BootSector.POLITE);
        Map<SnapshotId, ImageDigest> kept = pile(vm, 2);
        SnapshotId second = bench.host().disk(vm.id()).snapshots().getLast().id();
        VmSpec child = new VmSpec(
                        VmId.random(), UserId.random(), vm.template(), 1, vm.memory(), vm.disk(), Optional.empty())
                .from(new DiskSource(vm.id(), second, 1));

        assertThat(bench.ensure(child, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.ensure(vm, VmGoal.DELETED, 20).phase()).isEqualTo(VmPhase.GONE);
        bench.ensure(child, VmGoal.STOPPED, 2);

        assertThat(disks.contentOf(child)).isEqualTo(kept.get(second));
        assertThat(filesOf(child)).hasSize(2);
        assertThat(bench.leftovers()).noneMatch(file -> file.contains(vm.id().toString()));
    }

    @Test
    void chains_haveABound_andShrinkAgain() throws Exception {
        VmSpec vm = stopped(BootSector.POLITE);
        List<SnapshotId> all = new ArrayList<>();
        while (all.size() < VmDisk.MAX_SNAPSHOTS) {
            all.add(take(vm));
        }
        assertThatThrownBy(() -> take(vm))
                .isInstanceOfSatisfying(
                        OrielException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.STATE_CONFLICT));
        assertThat(disks.chainOf(vm).pathTo(disks.chainOf(vm).active()).size()).isLessThanOrEqualTo(VmDisk.MAX_DEPTH);
        disks.write(vm, 5, 0, 64);
        assertThat(bench.ensure(vm, VmGoal.RUNNING, 5).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.force(vm, VmGoal.STOPPED, 6).phase()).isEqualTo(VmPhase.STOPPED);

        all.forEach(each -> bench.host().dropSnapshot(vm.id(), each));
        awaitLayers(vm, 1);
        assertThat(disks.reads(vm, 5, 0, 64)).isTrue();
        assertThat(filesOf(vm)).hasSize(2);
    }

    @Test
    void largerDisk_grows_andKeepsItsBytes() throws Exception {
        VmSpec vm = stopped(BootSector.POLITE);
        disks.write(vm, 7, 0, 128);
        take(vm);
        VmSpec larger =
                new VmSpec(vm.id(), vm.owner(), vm.template(), 1, vm.memory(), Bytes.ofMiB(96), Optional.empty());
        bench.ensure(larger, VmGoal.RUNNING, 5);
        bench.ensure(larger, VmGoal.STOPPED, 6);
        assertThat(disks.sizeOf(vm)).isEqualTo(Bytes.ofMiB(96));
        assertThat(disks.reads(vm, 7, 0, 128)).isTrue();
    }

    @Test
    void snapshotWhoseLayersAreWorkedOn_isReadWhenThatIsOver() throws Exception {
        VmSpec vm = stopped(BootSector.POLITE);
        SnapshotId snapshot = take(vm);
        Path layer = disks.chainOf(vm).layers().getFirst().path();
        Path aside = layer.resolveSibling("aside");
        Files.move(layer, aside);
        CompletableFuture<Path> back = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return Files.move(aside, layer);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                CompletableFuture.delayedExecutor(1_500, TimeUnit.MILLISECONDS));
        try (SnapshotImage image = bench.host().openSnapshot(vm.id(), snapshot)) {
            assertThat(back).isDone();
            assertThat(image.size().value()).isPositive();
        } finally {
            back.join();
        }
    }

    @Test
    void damagedOrMissingDisk_failsThatVm_withAReason_andNoOther() throws Exception {
        VmSpec missing = stopped(BootSector.POLITE);
        take(missing);
        VmSpec damaged = stopped(BootSector.POLITE);
        VmSpec fine = stopped(BootSector.POLITE);
        Files.delete(disks.chainOf(missing).layers().getFirst().path());
        Files.write(disks.chainOf(damaged).top().path(), new byte[4096]);

        assertThat(failureOf(missing)).contains("missing").doesNotContain("/");
        assertThat(failureOf(damaged)).contains("damaged").doesNotContain("/");
        assertThat(bench.ensure(fine, VmGoal.RUNNING, 7).phase()).isEqualTo(VmPhase.RUNNING);
        for (VmSpec vm : List.of(missing, damaged)) {
            assertThat(bench.ensure(vm, VmGoal.DELETED, 8).phase()).isEqualTo(VmPhase.GONE);
            assertThat(filesOf(vm)).isEmpty();
        }
    }

    private String failureOf(VmSpec vm) {
        var seen = bench.ensure(vm, VmGoal.RUNNING, 7);
        assertThat(seen.phase()).isEqualTo(VmPhase.FAILED);
        return seen.reason().orElseThrow();
    }

    /** Snapshots one on the other, each with something of its own. */
    private Map<SnapshotId, ImageDigest> pile(VmSpec vm, int count) throws Exception {
        Map<SnapshotId, ImageDigest> kept = new HashMap<>();
        for (int i = 1; i <= count; i++) {
            disks.write(vm, i, 48 * i, 128);
            ImageDigest content = disks.contentOf(vm);
            kept.put(take(vm), content);
        }
        disks.write(vm, 99, 64, 32);
        return kept;
    }

    private void awaitLayers(VmSpec vm, int count) {
        await().atMost(HostBench.WAIT)
                .untilAsserted(() -> assertThat(disks.chainOf(vm).layers()).hasSize(count));
    }

    private VmSpec stopped(BootSector sector) {
        VmSpec vm = HostBench.spec(sector);
        bench.ensure(vm, VmGoal.RUNNING, 1);
        assertThat(bench.force(vm, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
        return vm;
    }

    private SnapshotId take(VmSpec vm) {
        return bench.host().takeSnapshot(vm.id(), SnapshotId.random()).id();
    }

    private VmSpec restore(VmSpec vm, SnapshotId snapshot, long serial, long generation) {
        VmSpec back = vm.from(new DiskSource(vm.id(), snapshot, serial));
        assertThat(bench.ensure(back, VmGoal.STOPPED, generation).phase()).isEqualTo(VmPhase.STOPPED);
        return back;
    }

    private List<String> filesOf(VmSpec vm) throws Exception {
        return bench.leftovers().stream()
                .filter(file ->
                        file.startsWith("d/vms/users/") && file.contains(vm.id().toString()))
                .toList();
    }

    private Map<Path, ImageDigest> bases() throws Exception {
        Map<Path, ImageDigest> found = new HashMap<>();
        try (Stream<Path> files = Files.list(bench.data().resolve("vms/base"))) {
            for (Path file : files.toList()) {
                found.put(file, HostBench.digestOf(file));
                assertThat(file.getFileName().toString())
                        .startsWith(found.get(file).value());
            }
        }
        return found;
    }
}
