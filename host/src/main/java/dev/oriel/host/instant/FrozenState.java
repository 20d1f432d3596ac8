package dev.oriel.host.instant;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.host.disk.DiskChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A frozen guest on disk: {@code vms/instant/<key>/}, all of it read-only.
 *
 * @param directory with {@code ram}, {@code state} (its devices), {@code disk.qcow2} (what it wrote), {@code
 *     blank.qcow2} (an empty layer on that, to be copied), {@code screen.png} and {@code frozen.json}
 */
public record FrozenState(String key, Path directory, Manifest manifest) {
    /**
     * What {@code frozen.json} says.
     *
     * @param base the files below {@code disk.qcow2}
     * @param disk size of the guest's disk
     * @param other whose, when the guest has other hardware than its template says
     */
    public record Manifest(
            String key,
            List<DiskChain.Shared> base,
            Bytes memory,
            Bytes disk,
            Instant frozenAt,
            Optional<Other> other) {
        /** What of a kind stands nowhere else. */
        public record Other(TemplateName template, int cpus) {}
    }

    /** The VMs that it was made for, when they are not those with their template's own hardware. */
    Optional<Kind> otherKind() {
        return manifest.other()
                .map(other -> new Kind(
                        other.template(),
                        Optional.of(new Kind.Hardware(other.cpus(), manifest.memory(), manifest.disk()))));
    }

    Path ram() {
        return directory.resolve("ram");
    }

    public Path state() {
        return directory.resolve("state");
    }

    Path disk() {
        return directory.resolve("disk.qcow2");
    }

    Path blank() {
        return directory.resolve("blank.qcow2");
    }

    /** Where the process that holds the memory is noted. */
    Path holder() {
        return directory.resolve("holder");
    }

    /** The memfd's name. */
    String memoryName() {
        return "oriel-" + key;
    }

    /** What the disk of a guest that starts from here stands on, bottom first. */
    public List<DiskChain.Shared> below() {
        return Stream.concat(
                        manifest.base().stream(), Stream.of(new DiskChain.Shared(disk().toString(), ImageFormat.QCOW2)))
                .toList();
    }

    /**
     * Makes an empty layer on the frozen disk: by copying one, which takes a third of a millisecond.
     *
     * @param file appears whole or not at all
     * @param owner uid that QEMU will run under
     */
    public void copyBlank(Path file, OptionalInt owner) throws IOException {
        Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        Files.copy(blank(), part, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-------"));
        if (owner.isPresent()) {
            Files.setAttribute(part, "unix:uid", owner.getAsInt());
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
