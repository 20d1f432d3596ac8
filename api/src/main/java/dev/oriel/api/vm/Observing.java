package dev.oriel.api.vm;

import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.Outcome;
import dev.oriel.core.vm.VmCommand;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmLifecycle;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What an observation makes of a VM. Pure: {@link VmLifecycle} decides every move. */
final class Observing {
    /** A VM that has run this long is not in a loop of failing starts. */
    private static final Duration RUNS_WELL = Duration.ofMinutes(10);

    private Observing() {}

    /** The VM after {@code seen} at {@code at}; empty when that tells nothing new, or is of another generation. */
    static Optional<Vm> next(Vm vm, VmObservation seen, Instant at) {
        if (seen.generation() != vm.generation() || premature(vm, seen)) {
            return Optional.empty();
        }
        return switch (VmLifecycle.apply(vm.state(), new VmCommand.Observed(seen.phase()))) {
            case Outcome.Moved(VmState to) -> changed(vm, seeing(vm, to, seen, at));
            case Outcome.AlreadyThere(VmState state) ->
                state == stateOf(seen.phase()) ? changed(vm, seeing(vm, state, seen, at)) : Optional.empty();
            case Outcome.Denied denied -> Optional.empty();
        };
    }

    /** The VM whose host has not answered for longer than its grace; empty when that changes nothing. */
    static Optional<Vm> hostLost(Vm vm) {
        return VmLifecycle.apply(vm.state(), new VmCommand.HostLost()) instanceof Outcome.Moved(VmState to)
                ? Optional.of(vm.seeing(to, vm.settled(), vm.seen().because("The host does not answer.")))
                : Optional.empty();
    }

    /**
     * Between taking an assignment and beginning with it a host still reports the phase from before, under the new
     * generation: an end that is not settled is no end, unless this generation had settled already.
     */
    private static boolean premature(Vm vm, VmObservation seen) {
        if (seen.settled() || vm.settled()) {
            return false;
        }
        return switch (seen.phase()) {
            case RUNNING, SUSPENDED, STOPPED, FAILED, GONE -> true;
            case PROVISIONING, STARTING, SUSPENDING, STOPPING -> false;
        };
    }

    private static Vm seeing(Vm vm, VmState to, VmObservation seen, Instant at) {
        boolean settled = seen.settled() || (vm.settled() && endsRun(to));
        Vm.Seen now = new Vm.Seen(
                seen.reason(),
                seen.bootMillis().or(() -> vm.seen().bootMillis()),
                seen.startedAt().or(() -> vm.seen().startedAt()),
                seen.hooks());
        Vm next = vm.seeing(to, settled, now);
        boolean byItself = (endsRun(to) || seen.panicked()) && vm.desired() == VmGoal.RUNNING && !seen.endedByHost();
        return byItself ? afterwards(vm, next, seen, at) : next;
    }

    /** It ended, or crashed, by itself: it is started again if its owner wants that, and else stays as it is. */
    private static Vm afterwards(Vm before, Vm next, VmObservation seen, Instant at) {
        if (!before.restarts().policy().callsFor(seen)) {
            return seen.panicked() ? next : next.resting();
        }
        if (before.restarts().due().isPresent()) {
            return next; // planned at the first report
        }
        boolean ranWell = before.seen()
                .startedAt()
                .filter(start -> start.plus(RUNS_WELL).isBefore(at))
                .isPresent();
        return next.planning(before.restarts().oneMore(at, ranWell));
    }

    private static boolean endsRun(VmState state) {
        return state == VmState.STOPPED || state == VmState.FAILED;
    }

    private static Optional<Vm> changed(Vm before, Vm after) {
        return before.equals(after) ? Optional.empty() : Optional.of(after);
    }

    private static VmState stateOf(VmPhase phase) {
        return switch (phase) {
            case PROVISIONING -> VmState.PROVISIONING;
            case STARTING -> VmState.STARTING;
            case RUNNING -> VmState.RUNNING;
            case SUSPENDING -> VmState.SUSPENDING;
            case SUSPENDED -> VmState.SUSPENDED;
            case STOPPING -> VmState.STOPPING;
            case STOPPED -> VmState.STOPPED;
            case FAILED -> VmState.FAILED;
            case GONE -> VmState.DELETED;
        };
    }
}
