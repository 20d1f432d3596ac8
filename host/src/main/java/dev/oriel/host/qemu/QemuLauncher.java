package dev.oriel.host.qemu;

import dev.oriel.host.disk.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Starts QEMU in a session of its own, so that it outlives this process however that ends. Its pid and start time are
 * on disk before QEMU runs: a VM Manager killed at any moment finds it again. Thread-safe.
 */
public final class QemuLauncher {
    /**
     * Arguments: where to keep the stat line, where the pid, the umask, files to hand over open (memory, state) or
     * nothing; then what to become.
     */
    private static final String SCRIPT = "read -r stat </proc/$$/stat && printf '%s\\n' \"$stat\" >\"$1\""
            + " && printf '%s\\n' \"$$\" >\"$2\" && umask \"$3\""
            + " && { [ -z \"$4\" ] || exec 9<>\"$4\"; } && { [ -z \"$5\" ] || exec 8<\"$5\"; }"
            + " && shift 5 && exec \"$@\"";

    private final QemuBinary qemu;
    private final Program setsid = Program.need("setsid");
    private final Program setpriv = Program.need("setpriv");
    private final Program shell = Program.need("sh");

    public QemuLauncher(QemuBinary qemu) {
        this.qemu = qemu;
    }

    /** The argument list that {@link #launch} would use, without the program and what stands before it. */
    public List<String> arguments(
            Machine machine, GuestMemory memory, Accelerator.Kind accelerator, SocketPaths sockets) {
        return QemuCommand.arguments(machine, memory, qemu.machineType(), accelerator, sockets);
    }

    /**
     * Starts the process; it waits for QMP's {@code cont}.
     *
     * @param directory gets {@code pid}, {@code started} and {@code qemu.log}
     */
    public Process launch(
            Machine machine,
            GuestMemory memory,
            Accelerator.Kind accelerator,
            SocketPaths sockets,
            RunAs runAs,
            Path directory)
            throws IOException {
        makeDirectories(sockets, runAs);
        List<String> line =
                new ArrayList<>(List.of(setsid.file().toString(), shell.file().toString(), "-c", SCRIPT, "sh"));
        line.add(directory.resolve("started").toString());
        line.add(directory.resolve("pid").toString());
        line.add(runAs.vncGid().isPresent() ? "0117" : "0177");
        line.addAll(handedOver(memory));
        line.addAll(dropPrivileges(runAs));
        line.add(qemu.program().file().toString());
        line.addAll(arguments(machine, memory, accelerator, sockets));
        Path log = directory.resolve("qemu.log");
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }

    private static List<String> handedOver(GuestMemory memory) {
        return memory instanceof GuestMemory.PrivateCopy(Path file, Optional<Path> state)
                ? List.of(file.toString(), state.map(Path::toString).orElse(""))
                : List.of("", "");
    }

    private List<String> dropPrivileges(RunAs runAs) {
        List<String> line = new ArrayList<>(List.of(setpriv.file().toString(), "--no-new-privs"));
        if (runAs.uid().isPresent()) {
            String uid = Integer.toString(runAs.uid().getAsInt());
            line.addAll(List.of("--reuid", uid, "--regid", uid));
            line.addAll(
                    runAs.kvmGid().isPresent()
                            ? List.of(
                                    "--groups", Integer.toString(runAs.kvmGid().getAsInt()))
                            : List.of("--clear-groups"));
        }
        return line;
    }

    private static void makeDirectories(SocketPaths sockets, RunAs runAs) throws IOException {
        sockets.remove();
        make(sockets.control(), "rwx------", runAs.uid(), runAs.uid());
        // The set-group-id bit gives the socket that QEMU makes inside to the gateway's group.
        make(sockets.console(), "rwx--x---", runAs.uid(), runAs.vncGid().isPresent() ? runAs.vncGid() : runAs.uid());
        if (runAs.vncGid().isPresent()) {
            Files.setAttribute(sockets.console(), "unix:mode", 02710, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static void make(Path directory, String permissions, OptionalInt uid, OptionalInt gid) throws IOException {
        Files.createDirectories(directory.toAbsolutePath().resolveSibling(""));
        Files.createDirectory(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
        if (gid.isPresent()) {
            Files.setAttribute(directory, "unix:gid", gid.getAsInt());
        }
        if (uid.isPresent()) {
            Files.setAttribute(directory, "unix:uid", uid.getAsInt());
        }
    }
}
