package dev.oriel.host.vm;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskException;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.DiskRecord;
import dev.oriel.host.disk.Overlays;
import dev.oriel.host.instant.SavedMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** How a VM's disk comes to be: from its template's base image, or as a copy of a snapshot of another VM. */
final class DiskMaking {
    private static final int TRIES = 3;

    private final Overlays overlays;
    private final Path vms;
    private final SavedMemory memory;

    /**
     * @param vms {@code run/vm}, with a link for every VM of the host
     * @param memory what the VM goes on from, when its disk comes from a live snapshot
     */
    DiskMaking(Overlays overlays, Path vms, SavedMemory memory) {
        this.overlays = overlays;
        this.vms = vms;
        this.memory = memory;
    }

    DiskChain make(InstanceRecord vm, BooleanSupplier cancelled)
            throws IOException, StartFailed, Superseded, InterruptedException {
        VmSpec spec = vm.assignment().spec();
        Optional<DiskSource> source = spec.source();
        return source.isPresent() && !source.get().vm().equals(spec.id())
                ? copied(vm, source.get(), cancelled)
                : fresh(vm);
    }

    private DiskChain fresh(InstanceRecord vm) throws IOException, StartFailed, InterruptedException {
        InstanceRecord.Hardware hardware = vm.hardware();
        Optional<Path> base = hardware.base().map(Path::of);
        if (base.isPresent()) {
            DiskHealth.requireBase(base.get());
        }
        VmSpec spec = vm.assignment().spec();
        Path file = overlays.layerOf(spec.owner(), spec.id(), 1);
        Path earlier = overlays.of(spec.owner(), spec.id());
        if (Files.exists(earlier) && !Files.exists(file)) {
            // A disk from before disks had records.
            Files.createLink(file, earlier);
        }
        overlays.create(file, base, hardware.disk(), VmDisk.uidOf(vm));
        return DiskChain.of(
                base.map(image -> List.of(new DiskChain.Shared(image.toString(), ImageFormat.QCOW2)))
                        .orElse(List.of()),
                file,
                hardware.disk());
    }

    /**
     * The other VM goes its own way meanwhile: a layer that is merged, or deleted, before it could be opened makes this
     * look at its record again.
     */
    private DiskChain copied(InstanceRecord vm, DiskSource source, BooleanSupplier cancelled)
            throws IOException, StartFailed, Superseded, InterruptedException {
        IOException failure = new DiskException("never tried");
        for (int tries = 0; tries < TRIES; tries++) {
            DiskChain other =
                    chainOf(source).orElseThrow(() -> new StartFailed("the snapshot it was to be made from is gone"));
            DiskLayer kept = other.snapshot(source.snapshot())
                    .orElseThrow(() -> new StartFailed("the snapshot it was to be made from is gone"));
            try {
                // On the hardware that it had then: what this VM is to have counts from its next start.
                Optional<DiskLayer.Memory> then = kept.kept().flatMap(DiskLayer.Kept::memory);
                return then.isPresent()
                        ? branch(vm, other, kept, then.get(), source.serial())
                        : copy(vm, other, kept, source.serial(), cancelled);
            } catch (DiskException | NoSuchFileException e) {
                failure = e;
            }
        }
        throw failure;
    }

    /** The disk stands on the other's files, which nobody writes to any more, and the guest goes on from its moment. */
    private DiskChain branch(InstanceRecord vm, DiskChain other, DiskLayer kept, DiskLayer.Memory then, long serial)
            throws IOException, StartFailed, InterruptedException {
        VmSpec spec = vm.assignment().spec();
        List<DiskChain.Shared> below = new ArrayList<>(other.base());
        other.pathTo(kept.id()).forEach(layer -> below.add(new DiskChain.Shared(layer.file(), ImageFormat.QCOW2)));
        if (below.size() >= VmDisk.MAX_DEPTH) {
            throw new StartFailed("it is too far from its template: fork one that is nearer");
        }
        List<DiskChain.Shared> base =
                overlays.share(below, spec.owner(), spec.id(), vm.uid().isPresent());
        Path file = overlays.layerOf(spec.owner(), spec.id(), 1);
        overlays.createNew(file, Optional.of(base.getLast().path()), kept.size(), VmDisk.uidOf(vm));
        memory.place(then);
        return DiskChain.of(base, file, kept.size()).sourced(serial);
    }

    private DiskChain copy(InstanceRecord vm, DiskChain other, DiskLayer kept, long serial, BooleanSupplier cancelled)
            throws IOException, Superseded, InterruptedException {
        VmSpec spec = vm.assignment().spec();
        Path file = overlays.layerOf(spec.owner(), spec.id(), 1);
        List<DiskChain.Shared> below =
                overlays.share(other.base(), spec.owner(), spec.id(), vm.uid().isPresent());
        Optional<Path> base =
                below.isEmpty() ? Optional.empty() : Optional.of(below.getLast().path());
        boolean there = overlays.copy(file, other.linksTo(kept.id()), base, kept.size(), VmDisk.uidOf(vm), cancelled);
        if (!there) {
            throw new Superseded();
        }
        return DiskChain.of(below, file, kept.size()).sourced(serial);
    }

    private Optional<DiskChain> chainOf(DiskSource source) throws IOException {
        Path instance = vms.resolve(source.vm().toString());
        return Files.isDirectory(instance) ? new DiskRecord(instance).read() : Optional.empty();
    }
}
