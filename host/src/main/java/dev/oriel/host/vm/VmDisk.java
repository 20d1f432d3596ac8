package dev.oriel.host.vm;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.DiskRecord;
import dev.oriel.host.disk.Overlays;
import dev.oriel.host.disk.Qcow2Header;
import dev.oriel.host.instant.FrozenState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The disk of one VM: its {@link DiskChain} and the files that this names. Used by the VM's driver alone. */
final class VmDisk {
    private final Overlays overlays;
    private final DiskRecord record;

    VmDisk(HostParts parts, InstanceDirectory directory) {
        this.overlays = parts.overlays();
        this.record = new DiskRecord(directory.path());
    }

    /**
     * The disk, made when there is none yet and found whole when there is one.
     *
     * @throws StartFailed when it cannot be made, or a file of it is missing or damaged
     */
    DiskChain ready(InstanceRecord vm) throws StartFailed, InterruptedException {
        return ready(vm, Optional.empty());
    }

    /** As {@link #ready(InstanceRecord)}; one that is made goes on from what a frozen guest had written. */
    DiskChain ready(InstanceRecord vm, FrozenState frozen) throws StartFailed, InterruptedException {
        return ready(vm, Optional.of(frozen));
    }

    /** Whether the VM has never had a disk. */
    boolean isNew(InstanceRecord vm) throws StartFailed {
        try {
            return record.read().isEmpty() && !Files.exists(nameOf(vm));
        } catch (IOException e) {
            throw new StartFailed("its disk could not be made", e);
        }
    }

    /** The disk came with the process, under another name. */
    void takeOver(InstanceRecord vm, Path layer) throws IOException {
        overlays.name(layer, nameOf(vm));
    }

    private DiskChain ready(InstanceRecord vm, Optional<FrozenState> frozen) throws StartFailed, InterruptedException {
        try {
            Optional<DiskChain> known = record.read();
            DiskChain chain =
                    known.isPresent() ? known.get() : frozen.isPresent() ? makeFrom(vm, frozen.get()) : make(vm);
            check(chain);
            overlays.name(chain.top().path(), nameOf(vm));
            return asLarge(chain, vm.assignment().spec().disk());
        } catch (IOException e) {
            throw new StartFailed("its disk could not be made", e);
        }
    }

    /** The disk grown to what is wished by now, never shrunk. */
    private DiskChain asLarge(DiskChain chain, Bytes wanted) throws IOException, InterruptedException {
        if (chain.top().size().compareTo(wanted) >= 0) {
            return chain;
        }
        overlays.grow(chain.top().path(), wanted);
        DiskChain grown = chain.grown(wanted);
        record.write(grown);
        return grown;
    }

    /** Removes every file of it. Harmless when there is none. */
    void delete(InstanceRecord vm) throws IOException {
        Optional<DiskChain> chain = record.read();
        if (chain.isPresent()) {
            for (DiskLayer layer : chain.get().layers()) {
                overlays.delete(layer.path());
            }
        }
        VmSpec spec = vm.assignment().spec();
        overlays.deleteAll(spec.owner(), spec.id());
        record.delete();
    }

    private DiskChain make(InstanceRecord vm) throws IOException, StartFailed, InterruptedException {
        InstanceRecord.Hardware hardware = vm.hardware();
        Optional<Path> base = hardware.base().map(Path::of);
        requireReadable(base);
        VmSpec spec = vm.assignment().spec();
        Path file = overlays.layerOf(spec.owner(), spec.id(), 1);
        Path earlier = nameOf(vm);
        if (Files.exists(earlier) && !Files.exists(file)) {
            // A disk from before disks had records.
            Files.createLink(file, earlier);
        }
        overlays.create(file, base, hardware.disk(), uidOf(vm));
        DiskChain chain = DiskChain.of(
                base.map(image -> List.of(new DiskChain.Shared(image.toString(), ImageFormat.QCOW2)))
                        .orElse(List.of()),
                file,
                hardware.disk());
        record.write(chain);
        return chain;
    }

    private DiskChain makeFrom(InstanceRecord vm, FrozenState frozen) throws IOException {
        VmSpec spec = vm.assignment().spec();
        Path file = overlays.layerOf(spec.owner(), spec.id(), 1);
        frozen.copyBlank(file, uidOf(vm));
        DiskChain chain = DiskChain.of(frozen.below(), file, frozen.manifest().disk());
        record.write(chain);
        return chain;
    }

    private static void check(DiskChain chain) throws StartFailed {
        for (DiskChain.Shared image : chain.base()) {
            requireReadable(Optional.of(image.path()));
        }
        for (DiskLayer layer : chain.pathTo(chain.active())) {
            if (!Files.isReadable(layer.path())) {
                throw new StartFailed("a file of its disk is missing on the host");
            }
            requireSound(layer.path());
        }
    }

    /** Damage deeper in a file is for QEMU to find; another file behind it would be an escape. */
    private static void requireSound(Path file) throws StartFailed {
        try {
            if (Qcow2Header.read(file).dataElsewhere()) {
                throw new StartFailed("its disk is damaged");
            }
        } catch (IOException e) {
            throw new StartFailed("its disk is damaged", e);
        }
    }

    private static void requireReadable(Optional<Path> base) throws StartFailed {
        if (base.filter(file -> !Files.isReadable(file)).isPresent()) {
            throw new StartFailed("its base image is missing on the host");
        }
        if (base.isPresent()) {
            try {
                Qcow2Header.read(base.get());
            } catch (IOException e) {
                throw new StartFailed("its base image is damaged on the host", e);
            }
        }
    }

    private Path nameOf(InstanceRecord vm) {
        VmSpec spec = vm.assignment().spec();
        return overlays.of(spec.owner(), spec.id());
    }

    private static OptionalInt uidOf(InstanceRecord vm) {
        return vm.uid().map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }
}
