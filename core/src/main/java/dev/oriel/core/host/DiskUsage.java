package dev.oriel.core.host;

import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import java.util.List;

/**
 * What the disk of one VM takes on its host.
 *
 * @param used everything that belongs to it alone, snapshots, what waits to be merged away and saved
 *     memory included
 * @param snapshots its tree of snapshots, oldest first
 */
public record DiskUsage(VmId vm, Bytes used, List<SnapshotStatus> snapshots) {
    public DiskUsage {
        snapshots = List.copyOf(snapshots);
    }
}
