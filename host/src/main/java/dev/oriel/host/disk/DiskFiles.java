package dev.oriel.host.disk;

import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the files of a disk take, and its tree of snapshots as others see it. Thread-safe. */
public final class DiskFiles {
    private DiskFiles() {}

    /** @throws IllegalStateException when the disk has no such snapshot */
    public static SnapshotStatus statusOf(DiskChain chain, SnapshotId id) {
        return chain.snapshot(id)
                .map(layer -> status(chain, layer))
                .orElseThrow(() -> new IllegalStateException("the disk has no such snapshot"));
    }

    public static DiskUsage usageOf(VmId vm, DiskChain chain) {
        long used = chain.layers().stream()
                .mapToLong(layer -> sizeOf(layer.path()).value() + memoryOf(layer))
                .sum();
        List<SnapshotStatus> snapshots = chain.layers().stream()
                .filter(layer -> layer.kept().isPresent())
                .map(layer -> status(chain, layer))
                .toList();
        return new DiskUsage(vm, new Bytes(used), snapshots);
    }

    /** What {@code layer} and everything below it take: more than that a copy of its content never needs. */
    public static Bytes sizeOf(DiskChain chain, DiskLayer layer) {
        return new Bytes(chain.linksTo(layer.id()).stream()
                .mapToLong(link -> sizeOf(link.file()).value())
                .sum());
    }

    private static SnapshotStatus status(DiskChain chain, DiskLayer layer) {
        DiskLayer.Kept kept = layer.kept().orElseThrow();
        Optional<SnapshotId> current = chain.snapshotAt(Optional.of(chain.active()));
        return new SnapshotStatus(
                kept.snapshot(),
                chain.snapshotAt(layer.below()),
                kept.at(),
                new Bytes(sizeOf(layer.path()).value() + memoryOf(layer)),
                current.filter(kept.snapshot()::equals).isPresent(),
                kept.quiet(),
                kept.memory().isPresent());
    }

    /** Bytes of what the guest remembered at the snapshot. */
    private static long memoryOf(DiskLayer layer) {
        return layer.kept()
                .flatMap(DiskLayer.Kept::memory)
                .map(memory -> sizeOf(memory.path()).value())
                .orElse(0L);
    }

    /** A qcow2 file is as long as what was ever written to it at a time; one that is just being removed is nothing. */
    private static Bytes sizeOf(Path file) {
        try {
            return new Bytes(Files.size(file));
        } catch (IOException e) {
            return new Bytes(0);
        }
    }
}
