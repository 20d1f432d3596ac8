package dev.oriel.core.host;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmSpec;
import java.time.Duration;
import java.util.Optional;

/**
 * What the API wants of one VM on one host. Level-triggered: the same assignment may come any number of times.
 *
 * @param force with goal stopped or deleted, and for a restart: do not wait for the guest to power down
 * @param generation grows by one with every change of wish; a host refuses one lower than it has seen
 * @param restart with goal running: the guest's process must have been started in this generation or later
 * @param reset with goal running: the guest's reset button must have been pressed, or its process started, in this
 *     generation or later
 * @param pauseUnwatched with goal running: stop the guest's processors when nobody has watched it for so long, and let
 *     them go on as soon as somebody does; empty: it always runs
 */
public record VmAssignment(
        VmSpec spec,
        VmGoal goal,
        boolean force,
        long generation,
        Optional<Long> restart,
        Optional<Long> reset,
        Optional<Duration> pauseUnwatched) {
    public VmAssignment {
        if (generation < 1) {
            throw new IllegalArgumentException("generations start at 1");
        }
        if (restart.orElse(0L) > generation || reset.orElse(0L) > generation) {
            throw new IllegalArgumentException("a restart or reset belongs to this generation or an earlier one");
        }
        if (pauseUnwatched.filter(Duration::isNegative).isPresent()) {
            throw new IllegalArgumentException("nobody waits for less than no time");
        }
    }

    /** A wish for which any process of the guest is as good as another. */
    public VmAssignment(VmSpec spec, VmGoal goal, boolean force, long generation) {
        this(spec, goal, force, generation, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The same wish, but the guest must have been restarted, or reset, in one of these generations or later. */
    public VmAssignment after(Optional<Long> newRestart, Optional<Long> newReset) {
        return new VmAssignment(spec, goal, force, generation, newRestart, newReset, pauseUnwatched);
    }

    /** The same wish for a guest that is paused when nobody has watched it for so long. */
    public VmAssignment pausing(Optional<Duration> unwatched) {
        return new VmAssignment(spec, goal, force, generation, restart, reset, unwatched);
    }

    /** Whether a guest whose process was started in generation {@code started} must be started anew. */
    public boolean wantsRestart(long started) {
        return goal == VmGoal.RUNNING && restart.orElse(0L) > started;
    }

    /** Whether a guest that was last switched on or reset in generation {@code poweredOn} must be reset. */
    public boolean wantsReset(long poweredOn) {
        return goal == VmGoal.RUNNING && reset.orElse(0L) > poweredOn;
    }
}
