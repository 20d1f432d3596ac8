package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.oriel.api.account.Usage;
import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HookState;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.core.vm.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One VM as Postgres has it: its hardware, the wish (desired, force, generation) and what was last observed.
 *
 * @param settled whether its host has reported this generation's goal as reached or failed
 * @param diskUsed what its disk and snapshots take on its host, once that is known
 * @param parent the VM that it was forked from, or whose snapshot it was made from
 * @param revision grows with every write; writers compare it
 */
public record Vm(
        VmId id,
        UserId owner,
        String name,
        Labels labels,
        TemplateName template,
        int cpus,
        Bytes memory,
        Bytes disk,
        Optional<ImageDigest> iso,
        Optional<DiskSource> source,
        Boot boot,
        WhenUnwatched whenUnwatched,
        Restarts restarts,
        Wish wish,
        VmState state,
        Optional<HostName> host,
        boolean settled,
        Seen seen,
        Expiry expiry,
        Optional<Bytes> diskUsed,
        Instant createdAt,
        Optional<VmId> parent,
        long revision) {
    /** Leaves room for a number in a name. */
    private static final int MAX_STEM = 58;

    /**
     * What it starts with beside its disk and disc.
     *
     * @param userData digest of what its cloud-init reads
     * @param firmware what its owner chose; empty: as its disc needs it
     */
    public record Boot(Optional<ImageDigest> userData, Optional<Firmware> firmware) {}

    /**
     * What is wanted of it.
     *
     * @param restart the last generation in which a restart was asked for, and {@code reset} a reset; 0: never
     */
    public record Wish(VmGoal goal, boolean force, long generation, long restart, long reset) {
        /** The first one. */
        static final Wish TO_RUN = new Wish(VmGoal.RUNNING, false, 1, 0, 0);

        Wish next(VmGoal newGoal, boolean newForce) {
            return new Wish(newGoal, newForce, generation + 1, restart, reset);
        }

        Wish nextRestart(boolean newForce) {
            return new Wish(VmGoal.RUNNING, newForce, generation + 1, generation + 1, reset);
        }

        Wish nextReset() {
            return new Wish(VmGoal.RUNNING, false, generation + 1, restart, generation + 1);
        }
    }

    /**
     * What happens when it ends by itself.
     *
     * @param inARow how often it was started again without having run well in between
     * @param due when it is started again, if it is to be
     */
    public record Restarts(RestartPolicy policy, int inARow, Optional<Instant> due) {
        private static final Duration FIRST = Duration.ofSeconds(1);
        private static final Duration LONGEST = Duration.ofMinutes(5);
        private static final int MAX_DOUBLINGS = 9;

        static Restarts by(RestartPolicy policy) {
            return new Restarts(policy, 0, Optional.empty());
        }

        /** One more, after twice the wait of the one before: 1 s to 5 min. */
        Restarts oneMore(Instant now, boolean ranWell) {
            int before = ranWell ? 0 : inARow;
            Duration wait = FIRST.multipliedBy(1L << Math.min(before, MAX_DOUBLINGS));
            return new Restarts(
                    policy, before + 1, Optional.of(now.plus(wait.compareTo(LONGEST) < 0 ? wait : LONGEST)));
        }

        Restarts begun() {
            return new Restarts(policy, inARow, Optional.empty());
        }
    }

    /** What becomes of a VM whose time is over. */
    public enum Fate {
        @JsonProperty("stop")
        STOP,
        @JsonProperty("suspend")
        SUSPEND,
        @JsonProperty("delete")
        DELETE
    }

    /**
     * How long it may stay as it is.
     *
     * @param fate what is done to it at {@code at}; both or neither
     * @param unwatchedSince since when nobody has watched it while it runs
     */
    public record Expiry(Optional<Fate> fate, Optional<Instant> at, Optional<Instant> unwatchedSince) {
        static final Expiry NEVER = new Expiry(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** What its host last said beside the state. */
    public record Seen(
            Optional<String> reason,
            Optional<Long> bootMillis,
            Optional<Instant> startedAt,
            Optional<HookState> hooks) {
        static final Seen NOTHING = new Seen(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        Seen because(String newReason) {
            return new Seen(Optional.of(newReason), bootMillis, startedAt, hooks);
        }
    }

    public VmGoal desired() {
        return wish.goal();
    }

    /** Whether it is in the state for which {@code fate} is planned. */
    boolean meets(Fate fate) {
        return switch (fate) {
            case STOP, SUSPEND -> desired() == VmGoal.RUNNING && state == VmState.RUNNING;
            case DELETE -> desired() == VmGoal.STOPPED && (state == VmState.STOPPED || state == VmState.FAILED);
        };
    }

    public long generation() {
        return wish.generation();
    }

    public VmSpec spec() {
        return new VmSpec(id, owner, template, cpus, memory, disk, iso, source, boot.userData(), boot.firmware());
    }

    /** The present wish, for its host. */
    public VmAssignment assignment() {
        return new VmAssignment(spec(), wish.goal(), wish.force(), wish.generation())
                .after(generationOrNone(wish.restart()), generationOrNone(wish.reset()));
    }

    private static Optional<Long> generationOrNone(long generation) {
        return generation == 0 ? Optional.empty() : Optional.of(generation);
    }

    /** The same VM with a new wish of its owner: nobody has settled that one yet. */
    Vm wishing(VmState newState, VmGoal goal, boolean force) {
        Seen kept = goal == VmGoal.RUNNING
                ? Seen.NOTHING
                : new Seen(Optional.empty(), seen.bootMillis(), seen.startedAt(), seen.hooks());
        return with(wish.next(goal, force), newState, host, false, kept, Restarts.by(restarts.policy()));
    }

    /** The same VM, to be started anew by its owner's wish. */
    Vm restarting(VmState newState, boolean force) {
        return with(wish.nextRestart(force), newState, host, false, Seen.NOTHING, Restarts.by(restarts.policy()));
    }

    /** The same VM, whose restart under way waits for its guest no longer. */
    Vm restartingByForce() {
        Wish harder = new Wish(VmGoal.RUNNING, true, generation() + 1, wish.restart(), wish.reset());
        return with(harder, state, host, false, seen, restarts);
    }

    /** The same VM, its reset button to be pressed. */
    Vm resetting(VmState newState) {
        Seen kept = new Seen(Optional.empty(), seen.bootMillis(), seen.startedAt(), seen.hooks());
        return with(wish.nextReset(), newState, host, false, kept, restarts);
    }

    /** The same VM, its disk to be taken back to {@code snapshot}; one that runs is cut off and started on it. */
    Vm restoring(VmState newState, SnapshotId snapshot) {
        boolean runs = desired() == VmGoal.RUNNING && state == VmState.RUNNING;
        Wish back = runs ? wish.nextRestart(true) : wish.next(VmGoal.STOPPED, true);
        long serial = source.map(DiskSource::serial).orElse(0L) + 1;
        Optional<DiskSource> there = Optional.of(new DiskSource(id, snapshot, serial));
        return with(back, newState, host, false, Seen.NOTHING, Restarts.by(restarts.policy()), there);
    }

    /** The same VM, to go on from the moment of the live {@code snapshot}. */
    Vm goingBack(VmState newState, SnapshotId snapshot) {
        long serial = source.map(DiskSource::serial).orElse(0L) + 1;
        Optional<DiskSource> there = Optional.of(new DiskSource(id, snapshot, serial));
        Restarts again = Restarts.by(restarts.policy());
        return with(wish.nextRestart(true), newState, host, false, Seen.NOTHING, again, there);
    }

    /** The same VM, to be started again by itself. */
    Vm startingAgain(VmState newState) {
        // One that has crashed still has its process; of any other, a process that is there after all is as good.
        Wish again = state == VmState.RUNNING ? wish.nextRestart(true) : wish.next(VmGoal.RUNNING, false);
        return with(again, newState, host, false, Seen.NOTHING, restarts.begun());
    }

    /** The same VM with the same wish under generation {@code above} + 1. */
    Vm insisting(long above) {
        Wish again = new Wish(wish.goal(), wish.force(), above + 1, wish.restart(), wish.reset());
        return with(again, state, host, false, seen, restarts);
    }

    /** What the names of its children begin with: its own with room for a number, in whole characters. */
    String stem() {
        return name.codePointCount(0, name.length()) <= MAX_STEM
                ? name
                : name.substring(0, name.offsetByCodePoints(0, MAX_STEM));
    }

    /** What so many running VMs like this one use. */
    Usage usageOfChildren(int count) {
        return new Usage(count, count * cpus, count * memory.toMiB(), count * disk.value());
    }

    /** A VM that goes on from the moment of a live snapshot of this one. */
    Vm child(VmId childId, String childName, SnapshotId moment) {
        return new Vm(
                childId,
                owner,
                childName,
                labels,
                template,
                cpus,
                memory,
                disk,
                iso,
                Optional.of(new DiskSource(id, moment, 1)),
                boot,
                whenUnwatched,
                Restarts.by(restarts.policy()),
                Wish.TO_RUN,
                VmState.REQUESTED,
                host,
                false,
                Seen.NOTHING,
                Expiry.NEVER,
                Optional.empty(),
                Instant.EPOCH,
                Optional.of(id),
                1);
    }

    /** The same VM seen otherwise. */
    Vm seeing(VmState newState, boolean nowSettled, Seen now) {
        return with(wish, newState, host, nowSettled, now, restarts);
    }

    /** The same VM, no longer wanted to run: it ended by itself. */
    Vm resting() {
        Wish rest = new Wish(VmGoal.STOPPED, false, wish.generation(), wish.restart(), wish.reset());
        return with(rest, state, host, settled, seen, Restarts.by(restarts.policy()));
    }

    /** The same VM with another plan for its restart. */
    Vm planning(Restarts plan) {
        return with(wish, state, host, settled, seen, plan);
    }

    Vm on(HostName newHost) {
        return with(wish, state, Optional.of(newHost), settled, seen, restarts);
    }

    /** The same VM with what {@code change} says; hardware counts from its next start. */
    Vm changed(VmChange change) {
        return new Vm(
                id,
                owner,
                change.name().orElse(name),
                change.labels().orElse(labels),
                template,
                change.cpus().orElse(cpus),
                change.memory().orElse(memory),
                change.disk().orElse(disk),
                iso,
                source,
                boot,
                change.whenUnwatched().orElse(whenUnwatched),
                change.restartPolicy()
                        .filter(policy -> policy != restarts.policy())
                        .map(Restarts::by)
                        .orElse(restarts),
                wish,
                state,
                host,
                settled,
                seen,
                expiry,
                diskUsed,
                createdAt,
                parent,
                revision);
    }

    private Vm with(
            Wish newWish,
            VmState newState,
            Optional<HostName> newHost,
            boolean nowSettled,
            Seen now,
            Restarts newRestarts) {
        return with(newWish, newState, newHost, nowSettled, now, newRestarts, source);
    }

    private Vm with(
            Wish newWish,
            VmState newState,
            Optional<HostName> newHost,
            boolean nowSettled,
            Seen now,
            Restarts newRestarts,
            Optional<DiskSource> newSource) {
        return new Vm(
                id,
                owner,
                name,
                labels,
                template,
                cpus,
                memory,
                disk,
                iso,
                newSource,
                boot,
                whenUnwatched,
                newRestarts,
                newWish,
                newState,
                newHost,
                nowSettled,
                now,
                expiry,
                diskUsed,
                createdAt,
                parent,
                revision);
    }

    /** The same VM with this end in sight. */
    Vm expiring(Expiry newExpiry) {
        return new Vm(
                id,
                owner,
                name,
                labels,
                template,
                cpus,
                memory,
                disk,
                iso,
                source,
                boot,
                whenUnwatched,
                restarts,
                wish,
                state,
                host,
                settled,
                seen,
                newExpiry,
                diskUsed,
                createdAt,
                parent,
                revision);
    }
}
