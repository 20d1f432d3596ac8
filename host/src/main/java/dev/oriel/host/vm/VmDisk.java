package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskFiles;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.DiskRecord;
import dev.oriel.host.disk.Overlays;
import dev.oriel.host.instant.FrozenState;
import dev.oriel.host.instant.LiveMemory;
import dev.oriel.host.instant.SavedMemory;
import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * The disk of one VM: its {@link DiskChain} and the files that this names. Every change is one replacement of the
 * record: before it there are at most files too many, after it files too few are needed; only a snapshot of a running
 * guest takes two, see {@link #settle}. Used by the VM's driver alone.
 */
final class VmDisk {
    /** QEMU opens two nodes for each; every read may go through all of them. */
    static final int MAX_DEPTH = 32;

    static final int MAX_SNAPSHOTS = 24;

    private static final Logger LOG = System.getLogger(VmDisk.class.getName());

    private final Overlays overlays;
    private final Path vms;
    private final InstanceDirectory directory;
    private final DiskRecord record;
    private final SavedMemory memory;
    private final Clock clock;
    private Optional<DiskChain> known = Optional.empty();

    VmDisk(HostParts parts, InstanceDirectory directory) {
        this.overlays = parts.overlays();
        this.vms = parts.run().resolve("vm");
        this.directory = directory;
        this.record = new DiskRecord(directory.path());
        this.memory = new SavedMemory(directory.path());
        this.clock = parts.clock();
    }

    /**
     * The disk for a new process: made when there is none yet, where its wish wants it, and with all its files.
     *
     * @param cancelled looked at while something large is copied: true ends that
     * @throws StartFailed when it cannot be made, or a file of it is missing or damaged
     */
    DiskChain ready(InstanceRecord vm, BooleanSupplier cancelled) throws StartFailed, Superseded, InterruptedException {
        return ready(vm, Optional.empty(), cancelled);
    }

    /** As {@link #ready(InstanceRecord, BooleanSupplier)}; one that is made goes on from what a frozen guest wrote. */
    DiskChain ready(InstanceRecord vm, FrozenState frozen) throws StartFailed, Superseded, InterruptedException {
        return ready(vm, Optional.of(frozen), () -> false);
    }

    /** Whether the VM has never had a disk, and is to have that of its template. */
    boolean isFresh(InstanceRecord vm) throws StartFailed {
        try {
            return load().isEmpty()
                    && !Files.exists(nameOf(vm))
                    && vm.assignment().spec().source().isEmpty();
        } catch (IOException e) {
            throw new StartFailed("its disk could not be made", e);
        }
    }

    /** The disk came with the process, under another name. */
    void takeOver(InstanceRecord vm, Path layer) throws IOException {
        overlays.name(layer, nameOf(vm));
    }

    private DiskChain ready(InstanceRecord vm, Optional<FrozenState> frozen, BooleanSupplier cancelled)
            throws StartFailed, Superseded, InterruptedException {
        try {
            Optional<DiskChain> before = load();
            DiskChain chain = before.isPresent() ? before.get() : save(made(vm, frozen, cancelled));
            if (chain.joining().isPresent()) {
                chain = joined(chain);
            }
            chain = grown(vm, restored(vm, chain, true));
            DiskHealth.check(chain);
            overlays.name(chain.top().path(), nameOf(vm));
            return chain;
        } catch (IOException e) {
            throw new StartFailed("its disk could not be made", e);
        }
    }

    /** Takes a VM without a process to the snapshot that its wish names; nothing when there is none, or it is done. */
    void restore(InstanceRecord vm) throws StartFailed, InterruptedException {
        try {
            Optional<DiskChain> chain = load();
            if (chain.isPresent()) {
                DiskChain whole = chain.get().joining().isPresent() ? joined(chain.get()) : chain.get();
                overlays.name(restored(vm, whole, false).top().path(), nameOf(vm));
            }
        } catch (IOException e) {
            throw new StartFailed("its disk could not be restored", e);
        }
    }

    /** As {@link dev.oriel.core.host.HostApi#takeSnapshot}; {@code live} when a guest runs on it. */
    SnapshotStatus take(InstanceRecord vm, SnapshotId id, Optional<LiveDisk> live) throws InterruptedException {
        try {
            DiskChain chain =
                    load().orElseThrow(() -> new OrielException(ErrorCode.STATE_CONFLICT, "this VM has no disk yet"));
            if (chain.joining().isPresent()) {
                chain = settle(chain, live);
            }
            if (chain.snapshot(id).isEmpty()) {
                requireRoom(chain);
                if (live.isPresent()) {
                    chain = DiskMerging.stop(this, chain, live.get());
                }
                chain = snap(vm, chain, id, live);
            }
            return DiskFiles.statusOf(chain, id);
        } catch (QmpException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "the VM's process did not take the snapshot", e);
        } catch (IOException e) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "the snapshot could not be made", e);
        }
    }

    /** Forgets a snapshot; its layer goes with {@link DiskMerging}, or at once when nothing stands on it. */
    void drop(SnapshotId id) {
        try {
            Optional<DiskChain> chain =
                    load().filter(found -> found.snapshot(id).isPresent());
            if (chain.isPresent()) {
                Optional<DiskLayer.Memory> then =
                        chain.get().snapshot(id).flatMap(DiskLayer::kept).flatMap(DiskLayer.Kept::memory);
                removeLeaves(save(chain.get().dropped(id)));
                if (then.isPresent()) {
                    Files.deleteIfExists(then.get().path());
                }
            }
        } catch (IOException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "the snapshot could not be removed", e);
        }
    }

    /** Removes every file of it. Harmless when there is none. */
    void delete(InstanceRecord vm) throws IOException {
        Optional<DiskChain> chain = load();
        if (chain.isPresent()) {
            for (DiskLayer layer : chain.get().layers()) {
                overlays.delete(layer.path());
            }
        }
        VmSpec spec = vm.assignment().spec();
        overlays.deleteAll(spec.owner(), spec.id());
        record.delete();
        known = Optional.empty();
    }

    /** After a restart of the VM Manager: what an earlier one has made, or was about to remove, and no record names. */
    void tidy(InstanceRecord vm) {
        try {
            record.tidy();
            Optional<DiskChain> chain = load();
            if (chain.isPresent()) {
                List<Path> files = new ArrayList<>(chain.get().files());
                chain.get()
                        .joining()
                        .ifPresent(joining -> files.add(joining.layer().path()));
                VmSpec spec = vm.assignment().spec();
                overlays.deleteOthers(spec.owner(), spec.id(), files);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "VM " + vm.vm() + ": its disk's files could not be looked through", e);
        }
    }

    /** The chain as it is on disk, read once. */
    Optional<DiskChain> load() throws IOException {
        if (known.isEmpty()) {
            known = record.read();
        }
        return known;
    }

    DiskChain save(DiskChain chain) throws IOException {
        record.write(chain);
        known = Optional.of(chain);
        return chain;
    }

    private DiskChain made(InstanceRecord vm, Optional<FrozenState> frozen, BooleanSupplier cancelled)
            throws IOException, StartFailed, Superseded, InterruptedException {
        if (frozen.isEmpty()) {
            DiskChain chain = new DiskMaking(overlays, vms, memory).make(vm, cancelled);
            if (memory.exists()) {
                CloneHooks.note(directory); // a fork believes that it is its parent
            }
            return chain;
        }
        VmSpec spec = vm.assignment().spec();
        Path file = overlays.layerOf(spec.owner(), spec.id(), 1);
        frozen.get().copyBlank(file, uidOf(vm));
        return DiskChain.of(frozen.get().below(), file, frozen.get().manifest().disk());
    }

    /** The layer's data are in what stood on it. */
    DiskChain merged(DiskChain chain, DiskLayer gone) throws IOException {
        DiskChain left = save(chain.without(gone));
        overlays.delete(gone.path());
        return left;
    }

    /** Layers that nothing stands on and nobody wants go at once. */
    DiskChain removeLeaves(DiskChain chain) throws IOException {
        DiskChain left = chain;
        Optional<DiskLayer> leaf = leafOf(left);
        while (leaf.isPresent()) {
            left = merged(left, leaf.get());
            leaf = leafOf(left);
        }
        return left;
    }

    private static Optional<DiskLayer> leafOf(DiskChain chain) {
        return chain.mergeable().stream()
                .filter(layer -> chain.above(layer.id()).isEmpty())
                .findFirst();
    }

    /**
     * Finds out what became of a snapshot that an earlier VM Manager was just taking: QEMU has the new layer, or it has
     * not. Either way the guest's file systems may still be frozen.
     */
    DiskChain settle(DiskChain chain, Optional<LiveDisk> live) throws IOException, InterruptedException {
        if (live.isEmpty()) {
            return joined(chain);
        }
        DiskChain.Joining joining = chain.joining().orElseThrow();
        boolean taken = live.get().writesTo(joining.layer());
        if (live.get().hasAgent()) {
            live.get().thaw();
        }
        if (taken) {
            return save(chain.snapped(joining.layer(), joining.kept()));
        }
        live.get().leave(joining.layer().id());
        return undone(chain, joining.layer());
    }

    /**
     * Without a process nobody can say whether it was taken. As the new layer holds either all that was written since,
     * or nothing while the one below has gone on, having it is right both times.
     */
    private DiskChain joined(DiskChain chain) throws IOException {
        DiskChain.Joining joining = chain.joining().orElseThrow();
        return save(chain.snapped(joining.layer(), joining.kept()));
    }

    private DiskChain undone(DiskChain chain, DiskLayer layer) throws IOException {
        DiskChain alone = save(chain.alone());
        overlays.delete(layer.path());
        return alone;
    }

    private DiskChain snap(InstanceRecord vm, DiskChain chain, SnapshotId id, Optional<LiveDisk> live)
            throws IOException, InterruptedException {
        DiskLayer.Kept kept = new DiskLayer.Kept(id, clock.instant().truncatedTo(ChronoUnit.MILLIS), live.isEmpty());
        DiskLayer top = newLayer(vm, chain, chain.top());
        DiskChain snapped = live.isEmpty() ? save(chain.snapped(top, kept)) : join(chain, top, kept, live.get());
        overlays.name(top.path(), nameOf(vm));
        return snapped;
    }

    /**
     * As {@link #take} of a running guest, with what it remembers.
     *
     * @param memory writes that down to the file it gets and does what it is told while the guest stands still
     */
    SnapshotStatus takeLive(InstanceRecord vm, SnapshotId id, LiveDisk live, MemoryKeeper memory)
            throws InterruptedException {
        try {
            DiskChain chain =
                    load().orElseThrow(() -> new OrielException(ErrorCode.STATE_CONFLICT, "this VM has no disk yet"));
            if (chain.joining().isPresent()) {
                chain = settle(chain, Optional.of(live));
            }
            if (chain.snapshot(id).isEmpty()) {
                requireRoom(chain);
                chain = joinWithMemory(vm, DiskMerging.stop(this, chain, live), id, live, memory);
            }
            return DiskFiles.statusOf(chain, id);
        } catch (QmpException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "the VM's process did not take the snapshot", e);
        } catch (IOException e) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "the snapshot could not be made", e);
        }
    }

    /** Keeps what a guest remembers. */
    interface MemoryKeeper {
        DiskLayer.Memory keep(Path file, LiveMemory.Standstill meanwhile) throws IOException, InterruptedException;
    }

    private DiskChain joinWithMemory(
            InstanceRecord vm, DiskChain chain, SnapshotId id, LiveDisk live, MemoryKeeper memory)
            throws IOException, InterruptedException {
        VmSpec spec = vm.assignment().spec();
        DiskLayer below = chain.top();
        DiskLayer top = newLayer(vm, chain, below);
        DiskLayer.Kept kept = new DiskLayer.Kept(id, clock.instant().truncatedTo(ChronoUnit.MILLIS), true);
        DiskChain joining = save(chain.joining(top, kept));
        boolean[] switched = new boolean[1];
        try {
            live.prepare(top);
            DiskLayer.Memory remembered = memory.keep(overlays.memoryOf(spec.owner(), spec.id(), below.id()), () -> {
                live.switchTo(top, below);
                switched[0] = true;
            });
            DiskChain snapped = save(chain.snapped(top, kept.with(remembered)));
            overlays.name(top.path(), nameOf(vm));
            return snapped;
        } catch (IOException | RuntimeException e) {
            if (switched[0]) {
                // The layer is there; the snapshot is not wanted without its memory.
                overlays.name(top.path(), nameOf(vm));
                save(chain.snapped(top, kept).dropped(id));
            } else {
                live.leave(top.id());
                undone(joining, top);
            }
            throw e;
        }
    }

    private DiskChain join(DiskChain chain, DiskLayer top, DiskLayer.Kept kept, LiveDisk live)
            throws IOException, InterruptedException {
        DiskChain joining = save(chain.joining(top, kept));
        try {
            boolean quiet = live.join(top, chain.top());
            return save(chain.snapped(top, new DiskLayer.Kept(kept.snapshot(), kept.at(), quiet)));
        } catch (QmpException e) {
            if (e.kind() == QmpException.Kind.REFUSED) {
                live.leave(top.id());
                undone(joining, top);
            }
            throw e;
        }
    }

    private DiskChain restored(InstanceRecord vm, DiskChain chain, boolean toRun)
            throws IOException, StartFailed, InterruptedException {
        VmSpec spec = vm.assignment().spec();
        Optional<DiskSource> wish = spec.source().filter(source -> source.serial() > chain.source());
        if (wish.isEmpty()) {
            return chain;
        }
        long serial = wish.get().serial();
        Optional<DiskLayer> kept = wish.filter(source -> source.vm().equals(spec.id()))
                .flatMap(source -> chain.snapshot(source.snapshot()));
        if (kept.isEmpty()) {
            save(chain.sourced(serial));
            throw new StartFailed("the snapshot it was to go back to is gone; its disk is as it was");
        }
        DiskLayer top = newLayer(vm, chain, kept.get());
        if (toRun) {
            // Before the disk is there: done again, it does no harm.
            comeBack(kept.get());
        }
        DiskChain restored = save(chain.restored(top, serial));
        LOG.log(Level.INFO, "VM {0}: its disk is back at a snapshot", spec.id());
        overlays.delete(chain.top().path());
        return removeLeaves(restored);
    }

    /** The VM goes on from what the guest remembered then, on hardware as it was; from the disk when nothing was kept. */
    private void comeBack(DiskLayer layer) throws IOException {
        Optional<DiskLayer.Memory> then = layer.kept().flatMap(DiskLayer.Kept::memory);
        if (then.isPresent()) {
            memory.place(then.get());
        } else {
            memory.forget();
        }
    }

    private DiskLayer newLayer(InstanceRecord vm, DiskChain chain, DiskLayer below)
            throws IOException, InterruptedException {
        VmSpec spec = vm.assignment().spec();
        Path file = overlays.layerOf(spec.owner(), spec.id(), chain.next());
        overlays.createNew(file, Optional.of(below.path()), below.size(), uidOf(vm));
        return chain.nextLayer(file, below.size(), Optional.of(below.id()));
    }

    /** A disk that is wanted larger than it is; not below a guest that goes on, which knows it as it was. */
    private DiskChain grown(InstanceRecord vm, DiskChain chain) throws IOException, InterruptedException {
        VmSpec spec = vm.assignment().spec();
        if (memory.exists() || spec.disk().compareTo(chain.top().size()) <= 0) {
            return chain;
        }
        overlays.images().grow(chain.links(), spec.disk());
        return save(chain.grown(spec.disk()));
    }

    private static void requireRoom(DiskChain chain) {
        long snapshots = chain.layers().stream()
                .filter(layer -> layer.kept().isPresent())
                .count();
        if (snapshots >= MAX_SNAPSHOTS) {
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT, "a VM may have " + MAX_SNAPSHOTS + " snapshots: delete one first");
        }
        if (chain.pathTo(chain.active()).size() >= MAX_DEPTH) {
            throw new OrielException(
                    ErrorCode.STATE_CONFLICT, "deleted snapshots of this VM are still being merged: try again later");
        }
    }

    private Path nameOf(InstanceRecord vm) {
        VmSpec spec = vm.assignment().spec();
        return overlays.of(spec.owner(), spec.id());
    }

    static OptionalInt uidOf(InstanceRecord vm) {
        return vm.uid().map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }
}
