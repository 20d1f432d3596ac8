package dev.oriel.host.vm;

import dev.oriel.host.HostConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;

/** The directories of a host that guests' processes, under uids of their own, must be able to pass. */
final class HostDirectories {
    private HostDirectories() {}

    /** The name of the control group of all its guests: the same for the same directory, after a restart too. */
    static String groupOf(Path data) {
        return "oriel-"
                + UUID.nameUUIDFromBytes(data.toString().getBytes(StandardCharsets.UTF_8))
                        .toString()
                        .substring(0, 8);
    }

    /** Makes what is not there, sets who may pass, and has records name files where they are now. */
    static void prepare(HostConfig config) throws IOException {
        for (String directory : List.of("run/vm", "run/instance", "vms/base", "vms/images", "vms/users")) {
            Files.createDirectories(config.data().resolve(directory));
        }
        for (String directory : List.of("vnc", "i", "q")) {
            Files.createDirectories(config.sockets().resolve(directory));
        }
        // Processes of other uids pass through here; what they may open lies further down.
        for (Path directory : List.of(
                config.data().resolve("vms"),
                config.data().resolve("vms/users"),
                config.data().resolve("vms/base"),
                config.data().resolve("vms/images"),
                config.sockets().resolve("vnc"),
                config.sockets().resolve("i"),
                config.sockets().resolve("q"))) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
        MovedData.settle(config.data());
    }
}
