package dev.oriel.host.disk;

import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a VM starts with beside its disk, in files next to that: the disc of user data for cloud-init, and the memory in
 * which UEFI keeps its boot entries. A file appears whole or not at all; all go when the disk does. Thread-safe for
 * different VMs.
 */
public final class BootFiles {
    /** UEFI for the PC, from Debian's package ovmf. */
    public static final Path UEFI_CODE = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");

    private static final Path UEFI_VARIABLES = Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Path users;

    /** @param data the host's data directory */
    public BootFiles(Path data) {
        this.users = data.resolve("vms/users");
    }

    /** Whether this machine can start guests by UEFI. */
    public static boolean hasUefi() {
        return Files.isReadable(UEFI_CODE) && Files.isReadable(UEFI_VARIABLES);
    }

    /**
     * The VM's own UEFI memory, made from the empty one when there is none yet.
     *
     * @param reader uid that QEMU will run under
     */
    public Path uefiVariables(UserId owner, VmId vm, OptionalInt reader) throws IOException {
        Path file = of(owner, vm, "uefi");
        if (!Files.exists(file)) {
            Path part = partOf(file);
            Files.copy(UEFI_VARIABLES, part, StandardCopyOption.REPLACE_EXISTING);
            publish(part, file, "rw-------", reader);
        }
        return file;
    }

    /**
     * The disc that cloud-init finds by its name ("NoCloud"), with the user data in {@code content}; made once.
     *
     * @param reader uid that QEMU will run under
     */
    public Path seed(UserId owner, VmId vm, Path content, OptionalInt reader) throws IOException, InterruptedException {
        Path file = of(owner, vm, "seed");
        if (Files.exists(file)) {
            return file;
        }
        Path part = partOf(file);
        Path meta = partOf(of(owner, vm, "meta"));
        Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
        Files.deleteIfExists(part);
        try {
            String name = "vm-" + vm.toString().substring(0, 8);
            Files.writeString(
                    meta, "instance-id: " + vm + "\nlocal-hostname: " + name + "\n", StandardCharsets.US_ASCII);
            Program.Result made = Program.need("xorriso")
                    .run(
                            List.of(
                                    "-no_rc",
                                    "-outdev",
                                    "stdio:" + part,
                                    "-volid",
                                    "CIDATA",
                                    "-joliet",
                                    "on",
                                    "-map",
                                    content.toString(),
                                    "/user-data",
                                    "-map",
                                    meta.toString(),
                                    "/meta-data",
                                    "-commit"),
                            LIMIT);
            if (!made.succeeded()) {
                throw new DiskException("xorriso: " + made.output().strip());
            }
            publish(part, file, "r--------", reader);
            return file;
        } finally {
            Files.deleteIfExists(meta);
            Files.deleteIfExists(part);
        }
    }

    private static void publish(Path part, Path file, String permissions, OptionalInt reader) throws IOException {
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString(permissions));
        if (reader.isPresent()) {
            Files.setAttribute(part, "unix:uid", reader.getAsInt());
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private Path of(UserId owner, VmId vm, String what) {
        return users.resolve(owner.toString()).resolve(vm + "." + what);
    }

    private static Path partOf(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".part");
    }
}
