package dev.oriel.host.qemu;

import dev.oriel.host.disk.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * What of this machine a QEMU process sees: by bubblewrap, in mount, process, network, IPC and host name namespaces of
 * its own, only programs and libraries, the directory of disks, and its own sockets. As root without a user namespace, as
 * anybody else in one. Immutable.
 *
 * @param bubblewrap empty: there is none here
 * @param reason why there is none, or how it was proved: one sentence for operators
 */
public record Sandbox(Optional<Program> bubblewrap, String reason) {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** Where the command to become is found inside. */
    static final String COMMAND = "/launch";

    private static final List<String> SYSTEM = List.of("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin");

    /** Finds out by starting a program in one. */
    public static Sandbox detect() throws InterruptedException {
        Optional<Program> found = Program.find("bwrap");
        if (found.isEmpty()) {
            return new Sandbox(found, "bubblewrap is not installed");
        }
        try {
            List<String> line = namespaces();
            line.addAll(List.of("--unshare-net", "true"));
            Program.Result result = found.get().run(line, LIMIT);
            return result.succeeded()
                    ? new Sandbox(found, "a program ran in namespaces of its own")
                    : new Sandbox(Optional.empty(), "bubblewrap may not make namespaces here");
        } catch (IOException e) {
            return new Sandbox(Optional.empty(), "bubblewrap does not run here");
        }
    }

    /** None at all, as on a machine that cannot have one. */
    public static Sandbox none() {
        return new Sandbox(Optional.empty(), "not wanted");
    }

    public boolean isThere() {
        return bubblewrap.isPresent();
    }

    /**
     * The command line that runs the script {@code command} inside; bubblewrap says on descriptor 3 which process that
     * is.
     *
     * @param disks the directory of everything that disks are made of
     * @param network that it is to be in; empty: one of its own, with nothing in it
     */
    List<String> around(Path command, Path disks, SocketPaths sockets, Optional<EgressNetwork> network) {
        List<String> line = new ArrayList<>(network.map(EgressNetwork::enter).orElse(List.of()));
        line.add(bubblewrap.orElseThrow().file().toString());
        line.addAll(namespaces());
        line.addAll(
                network.isEmpty()
                        ? List.of("--unshare-net")
                        : List.of(
                                "--perms",
                                "0755",
                                "--dir",
                                "/etc",
                                "--ro-bind",
                                network.get().names().toString(),
                                "/etc/resolv.conf"));
        SequencedSet<Path> parents = new LinkedHashSet<>();
        for (Path shown : List.of(disks, sockets.console(), sockets.control())) {
            addParents(parents, shown);
        }
        // Made by hand, as bubblewrap would make them for root alone.
        parents.forEach(parent -> line.addAll(List.of("--perms", "0755", "--dir", parent.toString())));
        for (Path shown : List.of(disks, sockets.console(), sockets.control())) {
            line.addAll(List.of("--bind", shown.toString(), shown.toString()));
        }
        Path bases = disks.resolve("base");
        line.addAll(List.of("--ro-bind-try", bases.toString(), bases.toString()));
        line.addAll(List.of("--dev-bind-try", "/dev/kvm", "/dev/kvm"));
        line.addAll(List.of("--ro-bind", command.toString(), COMMAND, "--chdir", "/", "--info-fd", "3"));
        line.addAll(List.of("/bin/sh", COMMAND));
        return line;
    }

    private static List<String> namespaces() {
        List<String> line = new ArrayList<>(List.of(
                "--unshare-ipc",
                "--unshare-pid",
                "--unshare-uts",
                "--as-pid-1",
                "--new-session",
                "--ro-bind",
                "/usr",
                "/usr"));
        for (String directory : SYSTEM) {
            Path path = Path.of(directory);
            if (Files.isSymbolicLink(path)) {
                line.addAll(List.of("--symlink", "usr" + directory, directory));
            } else if (Files.isDirectory(path)) {
                line.addAll(List.of("--ro-bind", directory, directory));
            }
        }
        line.addAll(List.of("--proc", "/proc", "--dev", "/dev"));
        return line;
    }

    private static void addParents(SequencedSet<Path> parents, Path path) {
        for (int names = 1; names < path.getNameCount(); names++) {
            parents.add(Path.of("/").resolve(path.subpath(0, names)));
        }
    }
}
