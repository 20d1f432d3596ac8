package dev.oriel.host.disk;

import dev.oriel.core.account.UserId;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The VMs' own disks: {@code vms/users/<uid>/<vmid>.qcow2}, each a layer on a read-only base image or empty. A disk
 * appears whole or not at all, and is never made twice. Thread-safe for different VMs.
 */
public final class Overlays {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path users;
    private final Program qemuImg;

    /** @param data the host's data directory */
    public Overlays(Path data, Program qemuImg) {
        this.users = data.resolve("vms/users");
        this.qemuImg = qemuImg;
    }

    /** Where the disk of this VM lies, whether it is there or not. */
    public Path of(UserId owner, VmId vm) {
        return users.resolve(owner.toString()).resolve(vm + ".qcow2");
    }

    /**
     * Makes the disk unless it is there: one that is there holds somebody's data and is kept as it is.
     *
     * @param base the image below, whose format is always qcow2; empty: an empty disk
     * @param owner uid that QEMU will run under
     */
    public void create(Path disk, Optional<Path> base, Bytes size, OptionalInt owner)
            throws IOException, InterruptedException {
        if (Files.exists(disk)) {
            return;
        }
        Path directory = disk.toAbsolutePath().resolveSibling("");
        Files.createDirectories(directory);
        if (owner.isPresent()) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
        Path part = partOf(disk);
        List<String> arguments = new ArrayList<>(List.of("create", "-q", "-f", "qcow2"));
        base.ifPresent(below -> arguments.addAll(List.of("-b", below.toString(), "-F", "qcow2")));
        arguments.addAll(List.of(part.toString(), Long.toString(size.value())));
        Program.Result result = qemuImg.run(arguments, LIMIT);
        if (!result.succeeded()) {
            Files.deleteIfExists(part);
            throw new DiskException("qemu-img: " + result.output().strip());
        }
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-------"));
        if (owner.isPresent()) {
            Files.setAttribute(part, "unix:uid", owner.getAsInt());
        }
        Files.move(part, disk, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes the disk and, when it was the user's last, their directory. Harmless when it is not there. */
    public void delete(Path disk) throws IOException {
        Files.deleteIfExists(disk);
        Files.deleteIfExists(partOf(disk));
        try {
            Files.deleteIfExists(disk.toAbsolutePath().resolveSibling(""));
        } catch (DirectoryNotEmptyException | NoSuchFileException e) {
            return; // other disks of the same user
        }
    }

    private static Path partOf(Path disk) {
        return disk.resolveSibling("." + disk.getFileName() + ".part");
    }
}
