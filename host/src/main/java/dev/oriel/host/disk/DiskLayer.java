package dev.oriel.host.disk;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * One qcow2 that belongs to one VM. Only the active one is ever written by a guest.
 *
 * @param id grows within the VM and is never used again
 * @param file its absolute path, the same for as long as it exists: QEMU opens it again by name
 * @param size of the disk that the guest sees on it
 * @param below the layer it stands on; empty: the last of the chain's base, or nothing
 * @param kept the snapshot it is; empty for the active layer, and for one whose snapshot was deleted while others stand
 *     on it
 */
public record DiskLayer(int id, String file, Bytes size, Optional<Integer> below, Optional<Kept> kept) {
    /**
     * What makes a layer a snapshot.
     *
     * @param quiet whether the guest's file systems were frozen or not running: no open write was cut in two
     * @param memory what the guest remembered at that moment; empty: the disk alone is kept
     */
    public record Kept(SnapshotId snapshot, Instant at, boolean quiet, Optional<Memory> memory) {
        public Kept(SnapshotId snapshot, Instant at, boolean quiet) {
            this(snapshot, at, quiet, Optional.empty());
        }

        /** The same with what the guest remembered. */
        public Kept with(Memory kept) {
            return new Kept(snapshot, at, quiet, Optional.of(kept));
        }
    }

    /**
     * What a guest remembered when a snapshot was taken.
     *
     * @param file absolute path of it
     * @param key of the frozen state that it is the difference to; empty: it is everything
     * @param cpus and {@code size} of the hardware that it fits
     */
    public record Memory(String file, Optional<String> key, int cpus, Bytes size) {
        @JsonIgnore
        public Path path() {
            return Path.of(file);
        }
    }

    @JsonIgnore
    public Path path() {
        return Path.of(file);
    }

    DiskLayer as(Optional<Kept> nowKept) {
        return new DiskLayer(id, file, size, below, nowKept);
    }

    DiskLayer on(Optional<Integer> nowBelow) {
        return new DiskLayer(id, file, size, nowBelow, kept);
    }

    DiskLayer sized(Bytes nowSize) {
        return new DiskLayer(id, file, nowSize, below, kept);
    }
}
