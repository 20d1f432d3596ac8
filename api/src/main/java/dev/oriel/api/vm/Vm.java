package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.core.vm.VmState;
import java.time.Instant;
import java.util.Optional;

/**
 * One VM as Postgres has it: its hardware, the wish (desired, force, generation) and what was last observed.
 *
 * @param settled whether its host has reported this generation's goal as reached or failed
 * @param revision grows with every write; writers compare it
 */
public record Vm(
        VmId id,
        UserId owner,
        String name,
        TemplateName template,
        int cpus,
        Bytes memory,
        Bytes disk,
        Optional<ImageDigest> iso,
        WhenUnwatched whenUnwatched,
        Wish wish,
        VmState state,
        Optional<HostName> host,
        boolean settled,
        Seen seen,
        Instant createdAt,
        long revision) {

    /** What is wanted of it. */
    public record Wish(VmGoal goal, boolean force, long generation) {
        Wish next(VmGoal newGoal, boolean newForce) {
            return new Wish(newGoal, newForce, generation + 1);
        }
    }

    /** What its host last said beside the state. */
    public record Seen(Optional<String> reason, Optional<Long> bootMillis, Optional<Instant> startedAt) {
        static final Seen NOTHING = new Seen(Optional.empty(), Optional.empty(), Optional.empty());

        Seen because(String newReason) {
            return new Seen(Optional.of(newReason), bootMillis, startedAt);
        }
    }

    public VmGoal desired() {
        return wish.goal();
    }

    public long generation() {
        return wish.generation();
    }

    public VmSpec spec() {
        return new VmSpec(id, owner, template, cpus, memory, disk, iso);
    }

    /** The present wish, for its host. */
    public VmAssignment assignment() {
        return new VmAssignment(spec(), wish.goal(), wish.force(), wish.generation());
    }

    /** The same VM with a new wish: nobody has settled that one yet. */
    Vm wishing(VmState newState, VmGoal goal, boolean force) {
        Seen kept =
                goal == VmGoal.RUNNING ? Seen.NOTHING : new Seen(Optional.empty(), seen.bootMillis(), seen.startedAt());
        return with(wish.next(goal, force), newState, host, false, kept);
    }

    /** The same VM with the same wish under generation {@code above} + 1. */
    Vm insisting(long above) {
        return with(new Wish(wish.goal(), wish.force(), above + 1), state, host, false, seen);
    }

    /** The same VM seen otherwise. */
    Vm seeing(VmState newState, boolean nowSettled, Seen now) {
        return with(wish, newState, host, nowSettled, now);
    }

    /** The same VM, no longer wanted to run: it ended by itself. */
    Vm resting() {
        return with(new Wish(VmGoal.STOPPED, false, wish.generation()), state, host, settled, seen);
    }

    Vm on(HostName newHost) {
        return with(wish, state, Optional.of(newHost), settled, seen);
    }

    Vm named(String newName) {
        return new Vm(
                id,
                owner,
                newName,
                template,
                cpus,
                memory,
                disk,
                iso,
                whenUnwatched,
                wish,
                state,
                host,
                settled,
                seen,
                createdAt,
                revision);
    }

    private Vm with(Wish newWish, VmState newState, Optional<HostName> newHost, boolean nowSettled, Seen now) {
        return new Vm(
                id,
                owner,
                name,
                template,
                cpus,
                memory,
                disk,
                iso,
                whenUnwatched,
                newWish,
                newState,
                newHost,
                nowSettled,
                now,
                createdAt,
                revision);
    }
}
