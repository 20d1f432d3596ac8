package dev.oriel.host.disk;

import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The files of the VMs' own disks: layers {@code vms/users/<uid>/<vmid>.<n>.qcow2}, and {@code <vmid>.qcow2}, a second
 * name of the one that is written to. A file appears whole or not at all, and is never made twice. Thread-safe for
 * different VMs.
 */
public final class Overlays {
    private final Path users;
    private final Path pool;
    private final DiskImages images;

    /** @param data the host's data directory */
    public Overlays(Path data, Program qemuImg) {
        this.users = data.resolve("vms/users");
        this.pool = data.resolve("vms/pool");
        this.images = new DiskImages(qemuImg);
    }

    /** What can be done to their content. */
    public DiskImages images() {
        return images;
    }

    /** The name by which people find the disk of this VM, whether it is there or not. */
    public Path of(UserId owner, VmId vm) {
        return users.resolve(owner.toString()).resolve(vm + ".qcow2");
    }

    /** Where layer {@code id} of this VM's disk lies, whether it is there or not. */
    public Path layerOf(UserId owner, VmId vm, int id) {
        return users.resolve(owner.toString()).resolve(vm + "." + id + ".qcow2");
    }

    /** Where what a guest remembered at the snapshot of layer {@code id} lies, whether it is there or not. */
    public Path memoryOf(UserId owner, VmId vm, int id) {
        return users.resolve(owner.toString()).resolve(vm + "." + id + ".memory");
    }

    /**
     * Files that a new VM's disk is to stand on: those that all VMs may share stay as they are; one that belongs to
     * another VM gets a second name that belongs to this one, and lives as long as either.
     *
     * @param isolated whether QEMUs run under uids of their own. Then others may read the file from now on: who does
     *     not know its name, made of two random ids, does not find it
     */
    public List<DiskChain.Shared> share(List<DiskChain.Shared> files, UserId owner, VmId vm, boolean isolated)
            throws IOException {
        List<DiskChain.Shared> shared = new ArrayList<>();
        for (DiskChain.Shared file : files) {
            // A VM that came from the pool has its first layer under the name that its process knows.
            if (file.path().startsWith(users) || file.path().startsWith(pool)) {
                Path own = users.resolve(owner.toString()).resolve(vm + ".below" + shared.size() + ".qcow2");
                Files.createDirectories(own.resolveSibling(""));
                Files.deleteIfExists(own);
                Files.createLink(own, file.path());
                if (isolated) {
                    Files.setPosixFilePermissions(own.resolveSibling(""), PosixFilePermissions.fromString("rwx--x--x"));
                    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rw-r--r--"));
                }
                shared.add(new DiskChain.Shared(own.toString(), file.format()));
            } else {
                shared.add(file);
            }
        }
        return List.copyOf(shared);
    }

    /** Whether another VM's disk stands on this layer, which nobody writes to: it must stay as it is. */
    public static boolean isShared(Path layer) throws IOException {
        return ((Number) Files.getAttribute(layer, "unix:nlink")).intValue() > 1;
    }

    /**
     * Makes an empty layer unless it is there: one that is there holds somebody's data and is kept as it is.
     *
     * @param below the qcow2 file below, noted in the layer for people's own tools and not opened; empty: none
     * @param owner uid that QEMU will run under
     */
    public void create(Path disk, Optional<Path> below, Bytes size, OptionalInt owner) throws IOException {
        if (!Files.exists(disk)) {
            place(empty(disk, below, size, owner), disk, owner);
        }
    }

    /** As {@link #create}; what a crash left under this name, and no record knows, makes room. */
    public void createNew(Path disk, Optional<Path> below, Bytes size, OptionalInt owner) throws IOException {
        place(empty(disk, below, size, owner), disk, owner);
    }

    /**
     * Makes a layer on {@code below} with the content of another disk, unless it is there.
     *
     * @param source every file of that disk, {@code below} among them
     * @param cancelled looked at while it is copied: true ends that
     * @return whether it is there, not cancelled
     */
    public boolean copy(
            Path disk,
            List<DiskLink> source,
            Optional<Path> below,
            Bytes size,
            OptionalInt owner,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        if (Files.exists(disk)) {
            return true;
        }
        Path part = empty(disk, Optional.of(source.getLast().file()), size, owner);
        List<DiskLink> links = new ArrayList<>(source);
        links.add(new DiskLink("copy", part, ImageFormat.QCOW2));
        boolean done = false;
        try {
            done = images.rebase(links, below, cancelled);
        } finally {
            if (!done) {
                Files.deleteIfExists(part);
            }
        }
        if (done) {
            place(part, disk, owner);
        }
        return done;
    }

    private static Path empty(Path disk, Optional<Path> below, Bytes size, OptionalInt owner) throws IOException {
        Path directory = disk.toAbsolutePath().resolveSibling("");
        Files.createDirectories(directory);
        if (owner.isPresent()) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
        Path part = partOf(disk);
        boolean whole = false;
        try {
            NewQcow2.write(part, below, size);
            whole = true;
        } finally {
            if (!whole) {
                Files.deleteIfExists(part);
            }
        }
        return part;
    }

    private static void place(Path part, Path disk, OptionalInt owner) throws IOException {
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-------"));
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE)) {
            file.force(true);
        }
        if (owner.isPresent()) {
            Files.setAttribute(part, "unix:uid", owner.getAsInt());
        }
        Files.move(part, disk, StandardCopyOption.ATOMIC_MOVE);
        DiskRecord.force(disk.toAbsolutePath().resolveSibling(""));
    }

    /** Gives {@code layer} the name {@code disk} too, instead of the file that had it. */
    public void name(Path layer, Path disk) throws IOException {
        if (Files.exists(disk) && Files.isSameFile(layer, disk)) {
            return;
        }
        Files.createDirectories(disk.toAbsolutePath().resolveSibling(""));
        Path part = partOf(disk);
        Files.deleteIfExists(part);
        Files.createLink(part, layer);
        Files.move(part, disk, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes a file and, when it was the user's last, their directory. Harmless when it is not there. */
    public void delete(Path disk) throws IOException {
        Files.deleteIfExists(disk);
        Files.deleteIfExists(partOf(disk));
        try {
            Files.deleteIfExists(disk.toAbsolutePath().resolveSibling(""));
        } catch (DirectoryNotEmptyException | NoSuchFileException e) {
            return; // other disks of the same user
        }
    }

    /** Removes whatever bears this VM's name. */
    public void deleteAll(UserId owner, VmId vm) throws IOException {
        try (Stream<Path> files = Files.list(users.resolve(owner.toString()))) {
            for (Path file : files.filter(file -> isOf(vm, file)).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return; // not even its owner has anything here
        }
        delete(of(owner, vm));
    }

    /** Removes layers of this VM that a crash has left: {@code known} are those its record names. */
    public void deleteOthers(UserId owner, VmId vm, Collection<Path> known) throws IOException {
        try (Stream<Path> files = Files.list(users.resolve(owner.toString()))) {
            for (Path file : files.filter(file -> isOf(vm, file) && !file.equals(of(owner, vm)))
                    .toList()) {
                if (!known.contains(file)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            return; // nothing was ever made
        }
    }

    private static boolean isOf(VmId vm, Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(vm + ".") || name.startsWith("." + vm + ".");
    }

    private static Path partOf(Path disk) {
        return disk.resolveSibling("." + disk.getFileName() + ".part");
    }
}
