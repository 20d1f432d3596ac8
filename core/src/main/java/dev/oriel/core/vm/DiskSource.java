package dev.oriel.core.vm;

/**
 * Where a VM's disk is taken from instead of its template: a snapshot of another VM (a new VM made from it), or of its
 * own (restored). Level-triggered: a host puts the disk there once for every {@code serial} above the last it has seen,
 * and never again, however often it is told.
 *
 * <p>When the snapshot keeps what the guest remembered too, and the hardware is the same, a VM that is to run goes on from
 * that moment.
 *
 * @param vm whose snapshot it is, on the same host
 * @param serial grows by one with every such wish of one VM; the first is 1
 */
public record DiskSource(VmId vm, SnapshotId snapshot, long serial) {
    public DiskSource {
        if (serial < 1) {
            throw new IllegalArgumentException("serials start at 1");
        }
    }
}
