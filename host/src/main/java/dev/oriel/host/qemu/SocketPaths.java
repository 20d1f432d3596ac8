package dev.oriel.host.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The unix sockets of one instance. The console lies apart from the rest, in a directory the gateway's group may
 * enter; QMP, guest agent and scratch files are for QEMU and the VM Manager alone.
 *
 * @param console directory of the VNC socket
 * @param control directory of everything else
 */
public record SocketPaths(Path console, Path control) {
    /** Those of {@code instance} in the host's sockets directory. */
    public static SocketPaths of(Path sockets, String instance) {
        return new SocketPaths(
                sockets.resolve("i").resolve(instance), sockets.resolve("q").resolve(instance));
    }

    public Path vnc() {
        return console.resolve("vnc.sock");
    }

    public Path qmp() {
        return control.resolve("qmp.sock");
    }

    public Path agent() {
        return control.resolve("agent.sock");
    }

    /** Where a guest's state comes in or goes out, while it does. */
    public Path state() {
        return control.resolve("state.sock");
    }

    /** Removes both directories and all in them. Harmless when they are not there. */
    public void remove() throws IOException {
        for (Path directory : List.of(console, control)) {
            try (Stream<Path> entries = Files.list(directory)) {
                for (Path entry : entries.toList()) {
                    Files.deleteIfExists(entry);
                }
            } catch (NoSuchFileException e) {
                continue;
            }
            Files.deleteIfExists(directory);
        }
    }
}
