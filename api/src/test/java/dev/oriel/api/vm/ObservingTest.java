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
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ObservingTest {
    private static final long GENERATION = 3;
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void start_isNotUndone_byThePhaseFromBefore() {
        Vm starting = vm(VmState.STARTING, VmGoal.RUNNING, false);
        assertThat(Observing.next(starting, seen(VmPhase.STOPPED, false, null), NOW))
                .isEmpty();
        assertThat(Observing.next(starting, seen(VmPhase.FAILED, false, null), NOW))
                .isEmpty();
    }

    @Test
    void running_isTakenIn_withWhatTheHostSays() {
        Vm running = Observing.next(vm(VmState.STARTING, VmGoal.RUNNING, false), seen(VmPhase.RUNNING, true, null), NOW)
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
            assertThat(Observing.next(starting, stale, NOW)).isEmpty();
        }
    }

    @Test
    void guestThatEndsItself_isNoLongerWantedToRun() {
        Vm running = vm(VmState.RUNNING, VmGoal.RUNNING, true);
        for (boolean settled : new boolean[] {true, false}) {
            Vm stopped = Observing.next(running, seen(VmPhase.STOPPED, settled, null), NOW)
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
            Vm ended = Observing.next(running, seen(phase, true, VmObservation.HOST_SHUTDOWN), NOW)
                    .orElseThrow();
            assertThat(ended.desired()).isEqualTo(VmGoal.RUNNING);
            assertThat(ended.settled()).isTrue();
        }
    }

    @Test
    void failure_givesItsQuotaBack_andKeepsItsReason() {
        Vm failed = Observing.next(
                        vm(VmState.PROVISIONING, VmGoal.RUNNING, false), seen(VmPhase.FAILED, true, "no disk"), NOW)
                .orElseThrow();
        assertThat(failed.state()).isEqualTo(VmState.FAILED);
        assertThat(failed.desired()).isEqualTo(VmGoal.STOPPED);
        assertThat(failed.seen().reason()).contains("no disk");
    }

    @Test
    void failure_isPlannedToStartAgain_afterEverLongerWaits_whenItsOwnerWantsThat() {
        Vm running = vm(VmState.RUNNING, VmGoal.RUNNING, true).planning(Vm.Restarts.by(RestartPolicy.ON_FAILURE));
        Duration before = Duration.ZERO;
        Vm.Restarts restarts = running.restarts();
        for (int i = 1; i <= 20; i++) {
            Vm failed = Observing.next(running.planning(restarts), seen(VmPhase.FAILED, true, "ended"), NOW)
                    .orElseThrow();
            assertThat(failed.state()).isEqualTo(VmState.FAILED);
            assertThat(failed.desired()).isEqualTo(VmGoal.RUNNING);
            assertThat(failed.restarts().inARow()).isEqualTo(i);
            Duration wait = Duration.between(NOW, failed.restarts().due().orElseThrow());
            assertThat(wait).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofMinutes(5));
            before = wait;
            restarts = failed.restarts().begun();
        }
        assertThat(before).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void guestThatPowersItselfOff_isOnlyStartedAgain_whenAlwaysIsWanted() {
        for (RestartPolicy policy : RestartPolicy.values()) {
            Vm running = vm(VmState.RUNNING, VmGoal.RUNNING, true).planning(Vm.Restarts.by(policy));
            Vm off = Observing.next(running, seen(VmPhase.STOPPED, true, null), NOW)
                    .orElseThrow();
            assertThat(off.desired() == VmGoal.RUNNING).isEqualTo(policy == RestartPolicy.ALWAYS);
            assertThat(off.restarts().due().isPresent()).isEqualTo(policy == RestartPolicy.ALWAYS);
        }
    }

    @Test
    void panickedGuest_staysRunning_andIsPlannedForARestartOnce() {
        VmObservation panicked = seen(VmPhase.RUNNING, true, VmObservation.GUEST_PANICKED);
        Vm left = Observing.next(vm(VmState.RUNNING, VmGoal.RUNNING, true), panicked, NOW)
                .orElseThrow();
        assertThat(left.desired()).isEqualTo(VmGoal.RUNNING);
        assertThat(left.restarts().due()).isEmpty();
        Vm cared = vm(VmState.RUNNING, VmGoal.RUNNING, true).planning(Vm.Restarts.by(RestartPolicy.ON_FAILURE));
        Vm planned = Observing.next(cared, panicked, NOW).orElseThrow();
        assertThat(planned.state()).isEqualTo(VmState.RUNNING);
        assertThat(planned.restarts().due()).isPresent();
        assertThat(Observing.next(planned, panicked, NOW.plusSeconds(1))).isEmpty();
    }

    @Test
    void sameReportTwice_changesNothing() {
        VmObservation report = seen(VmPhase.RUNNING, true, "paused-io");
        Vm once = Observing.next(vm(VmState.RUNNING, VmGoal.RUNNING, true), report, NOW)
                .orElseThrow();
        assertThat(once.seen().reason()).contains("paused-io");
        assertThat(Observing.next(once, report, NOW)).isEmpty();
    }

    @Test
    void lateReports_neverMoveBack() {
        Vm running = vm(VmState.RUNNING, VmGoal.RUNNING, true);
        assertThat(Observing.next(running, seen(VmPhase.STARTING, false, null), NOW))
                .isEmpty();
        assertThat(Observing.next(running, seen(VmPhase.PROVISIONING, false, null), NOW))
                .isEmpty();
        Vm deleting = vm(VmState.DELETING, VmGoal.DELETED, false);
        assertThat(Observing.next(deleting, seen(VmPhase.RUNNING, true, null), NOW))
                .isEmpty();
        assertThat(Observing.next(deleting, seen(VmPhase.FAILED, true, null), NOW))
                .isEmpty();
        assertThat(Observing.next(deleting, seen(VmPhase.GONE, true, null), NOW)
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
        assertThat(Observing.next(lost, seen(VmPhase.RUNNING, true, null), NOW)
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
                Labels.NONE,
                new TemplateName("tiny"),
                1,
                Bytes.ofMiB(64),
                Bytes.ofGiB(1),
                Optional.empty(),
                Optional.empty(),
                new Vm.Boot(Optional.empty(), Optional.empty()),
                WhenUnwatched.RUN,
                Vm.Restarts.by(RestartPolicy.NEVER),
                new Vm.Wish(goal, false, GENERATION, 0, 0),
                state,
                Optional.of(new HostName("local")),
                settled,
                Vm.Seen.NOTHING,
                Vm.Expiry.NEVER,
                Optional.empty(),
                Instant.EPOCH,
                Optional.empty(),
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
