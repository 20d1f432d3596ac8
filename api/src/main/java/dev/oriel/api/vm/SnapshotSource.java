package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.SnapshotId;
import java.util.Optional;

/** Where new VMs get the snapshots they are made from. Thread-safe. */
public interface SnapshotSource {
    /** A snapshot, and the VM whose it is. */
    record Kept(Vm vm, SnapshotId snapshot) {}

    /** The snapshot {@code id} of one of {@code owner}'s VMs, when it can be used; anything else is absent. */
    Optional<Kept> find(UserId owner, String id);
}
