package dev.oriel.core.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link HostApi} promises about snapshots; run like {@link HostApiContract}. */
public abstract class SnapshotContract {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<VmSpec> made = new ArrayList<>();

    protected abstract HostApi host();

    protected abstract TemplateName template();

    /** Runs after each test; a subclass that closes its host calls it before. */
    @AfterEach
    protected final void deleteWhatWasMade() {
        for (VmSpec spec : made) {
            host().ensure(new VmAssignment(spec, VmGoal.DELETED, true, 1_000_000), PATIENCE);
        }
        made.clear();
    }

    @Test
    void newVm_hasADiskWithoutSnapshots() {
        VmSpec vm = running();
        DiskUsage disk = host().disk(vm.id());
        assertThat(disk.vm()).isEqualTo(vm.id());
        assertThat(disk.snapshots()).isEmpty();
        assertThat(disk.used().value()).isPositive();
        assertThat(host().disks()).extracting(DiskUsage::vm).contains(vm.id());
    }

    @Test
    void snapshots_ofARunningAndAStoppedVm_stackUp() {
        VmSpec vm = running();
        SnapshotStatus first = host().takeSnapshot(vm.id(), SnapshotId.random());
        assertThat(first.parent()).isEmpty();
        assertThat(first.current()).isTrue();
        assertThat(host().observe(vm.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        ensure(vm, VmGoal.STOPPED, 2);
        SnapshotStatus second = host().takeSnapshot(vm.id(), SnapshotId.random());
        assertThat(second.parent()).contains(first.id());
        assertThat(second.quiet()).isTrue();
        assertThat(snapshots(vm)).extracting(SnapshotStatus::id).containsExactly(first.id(), second.id());
        assertThat(snapshots(vm)).extracting(SnapshotStatus::current).containsExactly(false, true);
        assertThat(ensure(vm, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(snapshots(vm)).hasSize(2);
    }

    @Test
    void takingOneTwice_givesTheSame() {
        VmSpec vm = running();
        SnapshotId id = SnapshotId.random();
        SnapshotStatus first = host().takeSnapshot(vm.id(), id);
        assertThat(host().takeSnapshot(vm.id(), id).takenAt()).isEqualTo(first.takenAt());
        assertThat(snapshots(vm)).hasSize(1);
    }

    @Test
    void unknownVm_hasNoDisk_andNoSnapshots() {
        VmId nobody = VmId.random();
        assertFails(ErrorCode.NOT_FOUND, () -> host().disk(nobody));
        assertFails(ErrorCode.NOT_FOUND, () -> host().takeSnapshot(nobody, SnapshotId.random()));
        assertThatCode(() -> host().dropSnapshot(nobody, SnapshotId.random())).doesNotThrowAnyException();
    }

    @Test
    void dropped_isGoneAtOnce_andMayBeRepeated() {
        VmSpec vm = running();
        SnapshotId first = take(vm);
        SnapshotId second = take(vm);
        host().dropSnapshot(vm.id(), first);
        host().dropSnapshot(vm.id(), first);
        assertThat(snapshots(vm)).extracting(SnapshotStatus::id).containsExactly(second);
        assertThat(snapshots(vm).getFirst().parent()).isEmpty();
        host().dropSnapshot(vm.id(), second);
        assertThat(snapshots(vm)).isEmpty();
        ensure(vm, VmGoal.STOPPED, 2);
        assertThat(ensure(vm, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void restore_ofAStoppedVm_happensOnce_andBranchesTheTree() {
        VmSpec vm = running();
        SnapshotId first = take(vm);
        SnapshotId second = take(vm);
        VmSpec back = vm.from(new DiskSource(vm.id(), first, 1));
        VmObservation stopped = ensure(back, VmGoal.STOPPED, 2);
        assertThat(stopped.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(current(vm)).contains(first);
        SnapshotId third = take(vm);
        assertThat(snapshots(vm)).anySatisfy(snapshot -> {
            assertThat(snapshot.id()).isEqualTo(third);
            assertThat(snapshot.parent()).contains(first);
        });
        assertThat(ensure(back, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(current(vm)).as("the same wish again changes nothing").contains(third);
        assertThat(snapshots(vm)).extracting(SnapshotStatus::id).containsExactly(first, second, third);
    }

    @Test
    void restore_ofARunningVm_comesWithARestart() {
        VmSpec vm = running();
        SnapshotId first = take(vm);
        take(vm);
        VmSpec back = vm.from(new DiskSource(vm.id(), first, 1));
        VmAssignment wish = new VmAssignment(back, VmGoal.RUNNING, true, 2).after(Optional.of(2L), Optional.empty());
        VmObservation seen = host().ensure(wish, PATIENCE);
        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(current(vm)).contains(first);
    }

    @Test
    void restoringWhatIsNotThere_failsTheVm_onceOnly() {
        VmSpec vm = running();
        VmSpec back = vm.from(new DiskSource(vm.id(), SnapshotId.random(), 1));
        VmObservation failed = ensure(back, VmGoal.STOPPED, 2);
        assertThat(failed.phase()).isEqualTo(VmPhase.FAILED);
        assertThat(failed.reason().orElseThrow()).contains("snapshot").doesNotContain("/");
        assertThat(ensure(back, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void newVm_fromASnapshot_hasATreeOfItsOwn() {
        VmSpec vm = running();
        SnapshotId snapshot = take(vm);
        VmSpec child = remembered(
                new VmSpec(VmId.random(), UserId.random(), template(), 1, vm.memory(), vm.disk(), Optional.empty())
                        .from(new DiskSource(vm.id(), snapshot, 1)));
        VmObservation seen = ensure(child, VmGoal.RUNNING, 1);
        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(snapshots(child)).isEmpty();
        ensure(vm, VmGoal.DELETED, 2);
        ensure(child, VmGoal.STOPPED, 2);
        assertThat(ensure(child, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void image_ofASnapshot_isADiskOfItsSize_thatStandsAlone() throws Exception {
        VmSpec vm = running();
        SnapshotId snapshot = take(vm);
        assertFails(ErrorCode.NOT_FOUND, () -> host().openSnapshot(vm.id(), SnapshotId.random()));
        assertFails(ErrorCode.NOT_FOUND, () -> host().openSnapshot(VmId.random(), snapshot));
        try (SnapshotImage image = host().openSnapshot(vm.id(), snapshot)) {
            byte[] content = image.content().readAllBytes();
            assertThat(content).hasSize((int) image.size().value()).startsWith('Q', 'F', 'I', 0xfb);
            assertThat(ByteBuffer.wrap(content).getLong(8)).as("backing file").isZero();
            assertThat(ByteBuffer.wrap(content).getLong(24))
                    .isEqualTo(Bytes.ofMiB(64).value());
        }
    }

    @Test
    void newVm_fromASnapshotThatIsGone_fails_withAReason() {
        VmSpec vm = running();
        VmSpec child = remembered(
                new VmSpec(VmId.random(), vm.owner(), template(), 1, vm.memory(), vm.disk(), Optional.empty())
                        .from(new DiskSource(vm.id(), SnapshotId.random(), 1)));
        VmObservation failed = ensure(child, VmGoal.RUNNING, 1);
        assertThat(failed.phase()).isEqualTo(VmPhase.FAILED);
        assertThat(failed.reason().orElseThrow()).contains("snapshot").doesNotContain("/");
    }

    @Test
    void liveSnapshot_isOfAVmThatRuns_andKeepsItRunning() {
        VmSpec vm = running();
        SnapshotId id = SnapshotId.random();
        SnapshotStatus live = host().takeSnapshot(vm.id(), id, true);
        assertThat(live.live()).isTrue();
        assertThat(host().takeSnapshot(vm.id(), id, true).takenAt()).isEqualTo(live.takenAt());
        assertThat(host().takeSnapshot(vm.id(), SnapshotId.random()).live()).isFalse();
        assertThat(host().observe(vm.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        ensure(vm, VmGoal.STOPPED, 2);
        assertFails(ErrorCode.STATE_CONFLICT, () -> host().takeSnapshot(vm.id(), SnapshotId.random(), true));
    }

    @Test
    void liveSnapshot_isRestored_andNewVmsGoOnFromIt_alsoWhenItAndItsVmAreGone() {
        VmSpec vm = running();
        SnapshotId live =
                host().takeSnapshot(vm.id(), SnapshotId.random(), true).id();
        VmSpec child = remembered(
                new VmSpec(VmId.random(), vm.owner(), template(), 1, vm.memory(), vm.disk(), Optional.empty())
                        .from(new DiskSource(vm.id(), live, 1)));
        VmObservation seen = ensure(child, VmGoal.RUNNING, 1);
        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        VmSpec back = vm.from(new DiskSource(vm.id(), live, 1));
        VmAssignment wish = new VmAssignment(back, VmGoal.RUNNING, true, 2).after(Optional.of(2L), Optional.empty());
        VmObservation restored = host().ensure(wish, PATIENCE);
        assertThat(restored.phase()).as("%s", restored.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(current(vm)).contains(live);
        host().dropSnapshot(vm.id(), live);
        ensure(vm, VmGoal.DELETED, 3);
        SnapshotId own =
                host().takeSnapshot(child.id(), SnapshotId.random(), true).id();
        VmSpec grandchild = remembered(
                new VmSpec(VmId.random(), vm.owner(), template(), 1, vm.memory(), vm.disk(), Optional.empty())
                        .from(new DiskSource(child.id(), own, 1)));
        VmObservation third = ensure(grandchild, VmGoal.RUNNING, 1);
        assertThat(third.phase()).as("%s", third.reason()).isEqualTo(VmPhase.RUNNING);
        ensure(child, VmGoal.DELETED, 2);
        ensure(grandchild, VmGoal.STOPPED, 2);
        VmObservation again = ensure(grandchild, VmGoal.RUNNING, 3);
        assertThat(again.phase()).as("%s", again.reason()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void unwatchedVm_standsStill_ifThatIsWanted_andGoesOnWhenItIsNot() throws Exception {
        VmSpec vm = running();
        VmAssignment wish = new VmAssignment(vm, VmGoal.RUNNING, false, 2);
        host().ensure(wish.pausing(Optional.of(Duration.ofMillis(100))), PATIENCE);
        awaitReason(vm, Optional.of(VmObservation.PAUSED_UNWATCHED));
        assertThat(host().observe(vm.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        ensure(vm, VmGoal.RUNNING, 3);
        awaitReason(vm, Optional.empty());
    }

    private void awaitReason(VmSpec vm, Optional<String> wanted) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!host().observe(vm.id()).orElseThrow().reason().equals(wanted)) {
            assertThat(System.nanoTime()).as("%s in time", wanted).isLessThan(end);
            Thread.sleep(20);
        }
    }

    private VmSpec running() {
        VmSpec vm = remembered(new VmSpec(
                VmId.random(), UserId.random(), template(), 1, Bytes.ofMiB(64), Bytes.ofMiB(64), Optional.empty()));
        VmObservation seen = ensure(vm, VmGoal.RUNNING, 1);
        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        return vm;
    }

    private VmSpec remembered(VmSpec spec) {
        made.add(spec);
        return spec;
    }

    private SnapshotId take(VmSpec vm) {
        return host().takeSnapshot(vm.id(), SnapshotId.random()).id();
    }

    private List<SnapshotStatus> snapshots(VmSpec vm) {
        return host().disk(vm.id()).snapshots();
    }

    private Optional<SnapshotId> current(VmSpec vm) {
        return snapshots(vm).stream()
                .filter(SnapshotStatus::current)
                .map(SnapshotStatus::id)
                .findFirst();
    }

    private VmObservation ensure(VmSpec spec, VmGoal goal, long generation) {
        return host().ensure(new VmAssignment(spec, goal, true, generation), PATIENCE);
    }

    private static void assertFails(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        OrielException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }
}
