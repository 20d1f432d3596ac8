package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmState;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ObservingTest {
    private static final long GENERATION = 3;

    @Test
    void start_isNotUndone_byThePhaseFromBefore() {
        Vm starting = vm(VmState.STARTING, VmGoal.RUNNING, false);
        assertThat(Observing.next(starting, seen(VmPhase.STOPPED, false, null))).isEmpty();
        assertThat(Observing.next(starting, seen(VmPhase.FAILED, false, null))).isEmpty();
    }

    @Test
    void running_isTakenIn_withWhatTheHostSays() {
        Vm running = Observing.next(vm(VmState.STARTING, VmGoal.RUNNING, false), seen(VmPhase.RUNNING, true, null))
                .orElseThrow();
        assertThat(running.state()).isEqualTo(VmState.RUNNING);
        assertThat(running.settled()).isTrue();
        assertThat(running.desired()).isEqualTo(VmGoal.RUNNING);
    }

    @Test
    void otherGenerations_areIgnored() {
        Vm starting = vm(VmState.STARTING, VmGoal.RUNNING, false);
        for (long generation : new long[] {GENERATION - 1, GENERATION + 1}) {
            VmObservation stale = new VmObservation(
                    starting.id(),
                    generation,
                    VmPhase.RUNNING,
                    true,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
            assertThat(Observing.next(starting, stale)).isEmpty();
        }
    }

    @Test
    void guestThatEndsItself_isNoLongerWantedToRun() {
        Vm running = vm(VmState.RUNNING, VmGoal.RUNNING, true);
        for (boolean settled : new boolean[] {true, false}) {
            Vm stopped = Observing.next(running, seen(VmPhase.STOPPED, settled, null))
                    .orElseThrow();
            assertThat(stopped.state()).isEqualTo(VmState.STOPPED);
            assertThat(stopped.desired()).isEqualTo(VmGoal.STOPPED);
            assertThat(stopped.generation()).isEqualTo(GENERATION);
            assertThat(stopped.settled()).isTrue();
        }
    }

    @Test
    void guestThatItsHostEnded_isStillWantedToRun() {
        Vm running = vm(VmState.RUNNING, VmGoal.RUNNING, true);
        for (VmPhase phase : new VmPhase[] {VmPhase.STOPPED, VmPhase.FAILED}) {
            Vm ended = Observing.next(running, seen(phase, true, VmObservation.HOST_SHUTDOWN))
                    .orElseThrow();
            assertThat(ended.desired()).isEqualTo(VmGoal.RUNNING);
            assertThat(ended.settled()).isTrue();
        }
    }

    @Test
    void failure_givesItsQuotaBack_andKeepsItsReason() {
        Vm failed = Observing.next(
                        vm(VmState.PROVISIONING, VmGoal.RUNNING, false), seen(VmPhase.FAILED, true, "no disk"))
                .orElseThrow();
        assertThat(failed.state()).isEqualTo(VmState.FAILED);
        assertThat(failed.desired()).isEqualTo(VmGoal.STOPPED);
        assertThat(failed.seen().reason()).contains("no disk");
    }

    @Test
    void sameReportTwice_changesNothing() {
        VmObservation report = seen(VmPhase.RUNNING, true, "paused-io");
        Vm once = Observing.next(vm(VmState.RUNNING, VmGoal.RUNNING, true), report)
                .orElseThrow();
        assertThat(once.seen().reason()).contains("paused-io");
        assertThat(Observing.next(once, report)).isEmpty();
    }

    @Test
    void lateReports_neverMoveBack() {
        Vm running = vm(VmState.RUNNING, VmGoal.RUNNING, true);
        assertThat(Observing.next(running, seen(VmPhase.STARTING, false, null))).isEmpty();
        assertThat(Observing.next(running, seen(VmPhase.PROVISIONING, false, null)))
                .isEmpty();
        Vm deleting = vm(VmState.DELETING, VmGoal.DELETED, false);
        assertThat(Observing.next(deleting, seen(VmPhase.RUNNING, true, null))).isEmpty();
        assertThat(Observing.next(deleting, seen(VmPhase.FAILED, true, null))).isEmpty();
        assertThat(Observing.next(deleting, seen(VmPhase.GONE, true, null))
                        .orElseThrow()
                        .state())
                .isEqualTo(VmState.DELETED);
    }

    @Test
    void lostVm_comesBackAsItsHostSeesIt() {
        Vm lost = Observing.hostLost(vm(VmState.RUNNING, VmGoal.RUNNING, true)).orElseThrow();
        assertThat(lost.state()).isEqualTo(VmState.LOST);
        assertThat(lost.desired()).isEqualTo(VmGoal.RUNNING);
        assertThat(Observing.hostLost(lost)).isEmpty();
        assertThat(Observing.next(lost, seen(VmPhase.RUNNING, true, null))
                        .orElseThrow()
                        .state())
                .isEqualTo(VmState.RUNNING);
        assertThat(Observing.hostLost(vm(VmState.STOPPED, VmGoal.STOPPED, true)))
                .isEmpty();
    }

    private static Vm vm(VmState state, VmGoal goal, boolean settled) {
        return new Vm(
                new VmId(new java.util.UUID(1, 1)),
                new UserId(new java.util.UUID(2, 2)),
                "tiny-1",
                new TemplateName("tiny"),
                1,
                Bytes.ofMiB(64),
                Bytes.ofGiB(1),
                Optional.empty(),
                WhenUnwatched.RUN,
                new Vm.Wish(goal, false, GENERATION),
                state,
                Optional.of(new HostName("local")),
                settled,
                Vm.Seen.NOTHING,
                Instant.EPOCH,
                1);
    }

    private static VmObservation seen(
            VmPhase phase, boolean settled, @org.jspecify.annotations.Nullable String reason) {
        return new VmObservation(
                new VmId(new java.util.UUID(1, 1)),
                GENERATION,
                phase,
                settled,
                Optional.ofNullable(reason),
                Optional.empty(),
                Optional.empty());
    }
}
