package dev.oriel.host.vm;

import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.DiskLink;
import dev.oriel.host.disk.Overlays;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Wins back the space of deleted snapshots: what a layer holds is copied into the one that stands on it, by QEMU while a
 * guest runs, else by qemu-img; then the record forgets it. A merge that is cut short is begun again: until the record
 * changes, nothing has. Used by the VM's driver alone.
 */
final class DiskMerging {
    private static final Logger LOG = System.getLogger(DiskMerging.class.getName());
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final VmDisk disk;
    private final Overlays overlays;
    private long notBefore = System.nanoTime();

    DiskMerging(VmDisk disk, Overlays overlays) {
        this.disk = disk;
        this.overlays = overlays;
    }

    /**
     * A step for a VM without a process; takes as long as the copy does, unless {@code cancelled}.
     *
     * @return whether a layer was merged: there may be another
     */
    boolean withoutGuest(BooleanSupplier cancelled) throws InterruptedException {
        return tend(Optional.empty(), cancelled);
    }

    /** A step for a VM whose guest runs; QEMU copies in the background. */
    void withGuest(LiveDisk live) throws InterruptedException {
        tend(Optional.of(live), () -> false);
    }

    private boolean tend(Optional<LiveDisk> live, BooleanSupplier cancelled) throws InterruptedException {
        if (System.nanoTime() - notBefore < 0) {
            return false;
        }
        try {
            Optional<DiskChain> chain = disk.load();
            if (chain.isPresent()
                    && (chain.get().joining().isPresent()
                            || !chain.get().mergeable().isEmpty())) {
                return step(chain.get(), live, cancelled);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the disk of a VM could not be tidied up; tried again in a minute", e);
            notBefore = System.nanoTime() + PAUSE.toNanos();
        }
        return false;
    }

    private boolean step(DiskChain before, Optional<LiveDisk> live, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        DiskChain settled = before.joining().isPresent() ? disk.settle(before, live) : before;
        DiskChain chain = disk.removeLeaves(settled);
        for (DiskLayer gone : chain.mergeable()) {
            DiskLayer above = chain.above(gone.id()).getFirst();
            boolean begun = live.isPresent() && live.get().mergeOf(gone) != LiveDisk.Merge.NONE;
            if (!begun && staysAsItIs(chain, above)) {
                continue;
            }
            if (live.isEmpty()) {
                boolean copied = overlays.images().rebase(chain.linksTo(above.id()), chain.fileBelow(gone), cancelled);
                if (copied) {
                    disk.merged(chain, gone);
                }
                return copied;
            }
            if (chain.pathTo(chain.active()).contains(above)) {
                mergeLive(chain, gone, above, live.get());
                return false;
            }
            // On a branch that the guest does not use: that waits until the VM rests.
        }
        return false;
    }

    /** A fork's disk stands on that one, or may do so any moment: that of a live snapshot is taken as it lies there. */
    private static boolean staysAsItIs(DiskChain chain, DiskLayer layer) throws IOException {
        return layer.id() != chain.active() && (Overlays.isShared(layer.path()) || chain.isBelowMemory(layer));
    }

    private void mergeLive(DiskChain chain, DiskLayer gone, DiskLayer above, LiveDisk live)
            throws IOException, InterruptedException {
        switch (live.mergeOf(gone)) {
            case AT_WORK -> {}
            case NONE -> {
                if (above.id() != chain.active()) {
                    live.reopen(above, Optional.of(DiskChain.nodeOf(gone.id())), false);
                }
                live.startMerge(gone, above, nodeBelow(chain, gone), chain.fileBelow(gone));
            }
            case DONE -> end(disk, chain, gone, live);
            case FAILED -> {
                notBefore = System.nanoTime() + PAUSE.toNanos();
                end(disk, chain, gone, live);
            }
        }
    }

    /**
     * Ends what is at work, for a new layer is to come on top, or a fork is to stand on these: a finished merge goes into
     * the record, another begins again some time later, and QEMU writes to no layer but the active one.
     */
    static DiskChain stop(VmDisk disk, DiskChain before, LiveDisk live) throws IOException, InterruptedException {
        live.cancelMerges();
        DiskChain chain = before;
        for (int most = before.layers().size(); most > 0; most--) {
            Optional<DiskLayer> ended = Optional.empty();
            for (DiskLayer gone : chain.mergeable()) {
                if (live.mergeOf(gone) != LiveDisk.Merge.NONE) {
                    ended = Optional.of(gone);
                }
            }
            if (ended.isEmpty()) {
                break;
            }
            chain = end(disk, chain, ended.get(), live);
        }
        return chain;
    }

    /** What a merge that is done, or failed, has to be followed by. */
    private static DiskChain end(VmDisk disk, DiskChain chain, DiskLayer gone, LiveDisk live)
            throws IOException, InterruptedException {
        DiskLayer above = chain.above(gone.id()).getFirst();
        boolean done = live.mergeOf(gone) == LiveDisk.Merge.DONE;
        Optional<String> below = done ? nodeBelow(chain, gone) : Optional.of(DiskChain.nodeOf(gone.id()));
        DiskChain left = done ? disk.merged(chain, gone) : chain;
        live.forget(gone.id());
        if (done) {
            live.leave(gone.id());
        }
        if (above.id() != chain.active()) {
            live.reopen(above, below, true);
        }
        return left;
    }

    private static Optional<String> nodeBelow(DiskChain chain, DiskLayer gone) {
        List<DiskLink> links = chain.linksTo(gone.id());
        return links.size() < 2
                ? Optional.empty()
                : Optional.of(links.get(links.size() - 2).node());
    }
}
