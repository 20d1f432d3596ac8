package dev.oriel.core.host;

import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import java.time.Instant;
import java.util.Optional;

/**
 * A kept point of a VM's disk, as its host has it.
 *
 * @param parent the snapshot before it in the tree; empty: the disk as it was made
 * @param size what its file takes on the host
 * @param current whether the disk has gone on from here: what it would be restored to without choosing
 * @param quiet whether no write was under way: the guest did not run, or its agent held its file systems still
 * @param live whether what the guest remembered is kept too: restored, it goes on from that very moment
 */
public record SnapshotStatus(
        SnapshotId id,
        Optional<SnapshotId> parent,
        Instant takenAt,
        Bytes size,
        boolean current,
        boolean quiet,
        boolean live) {}
