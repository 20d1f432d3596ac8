package dev.oriel.api.snapshot;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import java.time.Instant;
import java.util.Optional;

/**
 * One snapshot as Postgres has it.
 *
 * @param parent the one before it in the VM's tree, and the rest of what its host last said: see {@link SnapshotStatus}
 */
public record Snapshot(
        SnapshotId id,
        VmId vm,
        UserId owner,
        String name,
        State state,
        Optional<SnapshotId> parent,
        Bytes size,
        boolean current,
        boolean quiet,
        boolean live,
        Instant createdAt) {
    /** How far it is. */
    public enum State {
        TAKING,
        READY,
        DELETING
    }

    /** As its host has it now. */
    Snapshot seen(SnapshotStatus now) {
        return seen(now, now.parent());
    }

    /** As its host has it now, standing on {@code parent} of those that people see. */
    Snapshot seen(SnapshotStatus now, Optional<SnapshotId> shownParent) {
        return new Snapshot(
                id,
                vm,
                owner,
                name,
                State.READY,
                shownParent,
                now.size(),
                now.current(),
                now.quiet(),
                now.live(),
                now.takenAt());
    }
}
