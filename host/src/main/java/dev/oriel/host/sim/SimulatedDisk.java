package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLayer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** The disk of a simulated VM: a chain of layers like a real one's, without files. Guarded by its host's lock. */
final class SimulatedDisk {
    /** Every layer takes as much. */
    static final Bytes LAYER = new Bytes(1 << 20);

    private static final int MAX_SNAPSHOTS = 24;

    private DiskChain chain;

    SimulatedDisk(VmSpec spec) {
        chain = DiskChain.of(List.of(), Path.of("/1"), spec.disk());
        // What it was made from is not restored again.
        spec.source()
                .filter(source -> !source.vm().equals(spec.id()))
                .ifPresent(source -> chain = chain.sourced(source.serial()));
    }

    boolean has(SnapshotId id) {
        return chain.snapshot(id).isPresent();
    }

    Optional<Bytes> sizeAt(SnapshotId id) {
        return chain.snapshot(id).map(DiskLayer::size);
    }

    SnapshotStatus take(SnapshotId id, Instant now, boolean quiet, boolean live) {
        if (!has(id)) {
            if (usage(VmId.random()).snapshots().size() >= MAX_SNAPSHOTS) {
                throw new OrielException(ErrorCode.STATE_CONFLICT, "it has too many snapshots");
            }
            DiskLayer top =
                    chain.nextLayer(Path.of("/" + chain.next()), chain.top().size(), Optional.of(chain.active()));
            Optional<DiskLayer.Memory> memory =
                    live ? Optional.of(new DiskLayer.Memory("/memory", Optional.empty(), 1, LAYER)) : Optional.empty();
            chain = chain.snapped(top, new DiskLayer.Kept(id, now.truncatedTo(ChronoUnit.MILLIS), quiet, memory));
        }
        return chain.snapshot(id).map(this::status).orElseThrow();
    }

    void drop(SnapshotId id) {
        chain = chain.dropped(id);
        while (!chain.mergeable().isEmpty()) {
            chain = chain.without(chain.mergeable().getFirst());
        }
    }

    /** Goes where the wish wants it; false when that snapshot is not there. */
    boolean restore(VmSpec spec) {
        Optional<DiskSource> wish = spec.source().filter(source -> source.serial() > chain.source());
        if (wish.isEmpty()) {
            return true;
        }
        long serial = wish.get().serial();
        Optional<DiskLayer> kept = chain.snapshot(wish.get().snapshot());
        chain = kept.map(below -> chain.restored(
                        chain.nextLayer(Path.of("/" + chain.next()), below.size(), Optional.of(below.id())), serial))
                .orElse(chain.sourced(serial));
        return kept.isPresent();
    }

    DiskUsage usage(VmId vm) {
        return new DiskUsage(
                vm,
                new Bytes(LAYER.value() * chain.layers().size()),
                chain.layers().stream()
                        .filter(layer -> layer.kept().isPresent())
                        .map(this::status)
                        .toList());
    }

    private SnapshotStatus status(DiskLayer layer) {
        DiskLayer.Kept kept = layer.kept().orElseThrow();
        return new SnapshotStatus(
                kept.snapshot(),
                chain.snapshotAt(layer.below()),
                kept.at(),
                LAYER,
                chain.snapshotAt(Optional.of(chain.active()))
                        .filter(kept.snapshot()::equals)
                        .isPresent(),
                kept.quiet(),
                kept.memory().isPresent());
    }
}
