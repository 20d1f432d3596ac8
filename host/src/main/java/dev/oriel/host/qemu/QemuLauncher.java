package dev.oriel.host.qemu;

import dev.oriel.host.disk.Program;
import dev.oriel.host.template.GuestNetwork;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Starts QEMU in a session of its own, so that it outlives this process however that ends, and in a {@link Sandbox}
 * where there is one. Its pid is on disk before QEMU runs: a VM Manager killed at any moment finds it again.
 * Thread-safe.
 */
public final class QemuLauncher {
    private static final Logger LOG = System.getLogger(QemuLauncher.class.getName());

    /** The first arguments: the control group to be in, what to hold open for the network; or nothing. */
    private static final String CONFINED =
            "{ [ -z \"$1\" ] || echo $$ >\"$1\"; }" + " && { [ -z \"$2\" ] || exec 7>\"$2\"; } && shift 2 && ";

    /**
     * Arguments: as above, where to keep the stat line, where the pid, the umask, files to hand over open (memory,
     * state) or nothing; then what to become.
     */
    private static final String SCRIPT = CONFINED + "read -r stat </proc/$$/stat && printf '%s\\n' \"$stat\" >\"$1\""
            + " && printf '%s\\n' \"$$\" >\"$2\" && umask \"$3\""
            + " && { [ -z \"$4\" ] || exec 9<>\"$4\"; } && { [ -z \"$5\" ] || exec 8<\"$5\"; }"
            + " && shift 5 && exec \"$@\"";

    /** Arguments: as above, where to keep what bubblewrap says, files to hand over; then bubblewrap's command line. */
    private static final String SANDBOX_SCRIPT =
            CONFINED + "{ [ -z \"$2\" ] || exec 9<>\"$2\"; } && { [ -z \"$3\" ] || exec 8<\"$3\"; }"
                    + " && exec 3>\"$1\" && shift 3 && exec \"$@\"";

    private static final Duration BEGIN_LIMIT = Duration.ofSeconds(10);
    private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();

    private final QemuBinary qemu;
    private final Confinement confinement;
    private final Path disks;
    private final Program setsid = Program.need("setsid");
    private final Program setpriv = Program.need("setpriv");
    private final Program prlimit = Program.need("prlimit");
    private final Program shell = Program.need("sh");

    /** @param disks the directory of everything that disks are made of: all of the host's data that QEMU may see */
    public QemuLauncher(QemuBinary qemu, Confinement confinement, Path disks) {
        this.qemu = qemu;
        this.confinement = confinement;
        this.disks = disks;
    }

    /** The argument list that {@link #launch} would use, without the program and what stands before it. */
    public List<String> arguments(
            Machine machine, GuestMemory memory, Accelerator.Kind accelerator, SocketPaths sockets) {
        return QemuCommand.arguments(machine, memory, qemu.machineType(), accelerator, sockets, false);
    }

    /**
     * Starts the process; it waits for QMP's {@code cont}.
     *
     * @param directory gets {@code pid}, {@code started} and {@code qemu.log}
     * @throws IOException when it cannot be started, or ended at once
     */
    public GuestProcess launch(
            Machine machine,
            GuestMemory memory,
            Accelerator.Kind accelerator,
            SocketPaths sockets,
            RunAs runAs,
            Path directory)
            throws IOException, InterruptedException {
        makeDirectories(sockets, runAs);
        Optional<EgressNetwork> network = networkOf(machine, directory);
        try {
            List<String> command = limited(runAs, network.isPresent());
            command.add(qemu.program().file().toString());
            command.addAll(QemuCommand.arguments(
                    machine, memory, qemu.machineType(), accelerator, sockets, network.isPresent()));
            List<String> confined = confined(machine, accelerator, network, directory);
            String umask = runAs.vncGid().isPresent() ? "0117" : "0177";
            return confinement.sandbox().isThere()
                    ? launchInside(confined, umask, command, memory, sockets, network, directory)
                    : launchOutside(confined, umask, command, memory, directory);
        } finally {
            if (network.isPresent()) {
                network.get().close();
            }
        }
    }

    /** A guest that is to reach the world and cannot, here, reaches nothing: it still has its card. */
    private Optional<EgressNetwork> networkOf(Machine machine, Path directory) throws InterruptedException {
        if (machine.network() != GuestNetwork.EGRESS || !confinement.sandbox().isThere()) {
            return Optional.empty();
        }
        try {
            return Optional.of(confinement.egress().open(directory));
        } catch (IOException e) {
            LOG.log(Level.WARNING, machine.processName() + " gets no way out of this machine; see oriel doctor", e);
            return Optional.empty();
        }
    }

    private List<String> confined(
            Machine machine, Accelerator.Kind accelerator, Optional<EgressNetwork> network, Path directory)
            throws IOException {
        Optional<Path> group =
                confinement.groups().make(machine.instance(), directory, ControlGroups.limitsOf(machine, accelerator));
        return List.of(text(group), text(network.map(EgressNetwork::hold)));
    }

    private GuestProcess launchOutside(
            List<String> confined, String umask, List<String> command, GuestMemory memory, Path directory)
            throws IOException {
        List<String> line = begin(SCRIPT);
        line.addAll(confined);
        line.add(directory.resolve("started").toString());
        line.add(directory.resolve("pid").toString());
        line.add(umask);
        line.addAll(handedOver(memory));
        line.addAll(command);
        return GuestProcess.of(start(line, directory).pid())
                .orElseThrow(() -> new IOException("its process ended at once"));
    }

    /** The command is in a file, so that the process that waits for QEMU does not look like a QEMU itself. */
    private GuestProcess launchInside(
            List<String> confined,
            String umask,
            List<String> command,
            GuestMemory memory,
            SocketPaths sockets,
            Optional<EgressNetwork> network,
            Path directory)
            throws IOException {
        Path file = directory.resolve("launch");
        String words = command.stream().map(QemuLauncher::quoted).collect(Collectors.joining(" "));
        Files.writeString(file, "umask " + umask + "\nexec " + words + "\n");
        Files.deleteIfExists(GuestProcess.sandboxIn(directory));
        List<String> line = begin(SANDBOX_SCRIPT);
        line.addAll(confined);
        line.add(GuestProcess.sandboxIn(directory).toString());
        line.addAll(handedOver(memory));
        line.addAll(confinement.sandbox().around(file, disks, sockets, network));
        GuestProcess process = awaitInside(start(line, directory), directory);
        process.noteIn(directory);
        return process;
    }

    private static GuestProcess awaitInside(Process keeper, Path directory) throws IOException {
        long end = System.nanoTime() + BEGIN_LIMIT.toNanos();
        Optional<GuestProcess> inside = GuestProcess.inSandbox(directory);
        while (inside.isEmpty() && keeper.isAlive() && System.nanoTime() < end) {
            LockSupport.parkNanos(LOOK_NANOS);
            inside = GuestProcess.inSandbox(directory);
        }
        return inside.orElseThrow(() -> new IOException("its process ended at once"));
    }

    private List<String> begin(String script) {
        return new ArrayList<>(List.of(setsid.file().toString(), shell.file().toString(), "-c", script, "sh"));
    }

    private static Process start(List<String> line, Path directory) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("qemu.log").toFile()));
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    /** What stands before QEMU: limits that it cannot raise, then its privileges dropped. */
    private List<String> limited(RunAs runAs, boolean inUserNamespace) {
        List<String> line = new ArrayList<>(List.of(prlimit.file().toString(), "--core=0", "--nofile=4096"));
        if (runAs.uid().isPresent()) {
            line.add("--nproc=512");
        }
        line.addAll(dropPrivileges(runAs, inUserNamespace));
        return line;
    }

    private static List<String> handedOver(GuestMemory memory) {
        return switch (memory) {
            case GuestMemory.PrivateCopy(Path file, Optional<Path> state) -> List.of(file.toString(), text(state));
            case GuestMemory.Anonymous _, GuestMemory.Incoming _, GuestMemory.SharedFile _ -> List.of("", "");
        };
    }

    private static String text(Optional<Path> path) {
        return path.map(Path::toString).orElse("");
    }

    /** @param inUserNamespace whether it begins as the root of one: the rules of its network would be its own to change */
    private List<String> dropPrivileges(RunAs runAs, boolean inUserNamespace) {
        List<String> line = new ArrayList<>(List.of(setpriv.file().toString(), "--no-new-privs"));
        if (runAs.uid().isPresent() || inUserNamespace) {
            line.addAll(List.of("--bounding-set=-all", "--inh-caps=-all"));
        }
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
