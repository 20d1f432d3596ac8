package dev.oriel.host.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A control group (version 2 of the kernel's) for every instance, below one that is this host's: what a guest's process
 * and its helpers may take together of memory, processors and processes. Thread-safe.
 *
 * <p>An instance's group is noted in its directory ({@code cgroup}) before it is made, so that whoever removes the
 * instance, also after a crash, finds and removes it.
 *
 * @param parent the host's own group; empty: there are no limits here
 * @param controllers what the kernel limits in it; where version 1 of control groups holds one, that one is missing
 * @param reason why there are none, or where they are: one sentence for operators
 */
public record ControlGroups(Optional<Path> parent, Set<String> controllers, String reason) {
    static final String NOTE = "cgroup";

    /** What each controller is for, in an operator's words. */
    private static final Map<String, String> CONTROLLERS =
            new TreeMap<>(Map.of("cpu", "processors", "memory", "memory", "pids", "processes"));

    private static final Duration END = Duration.ofSeconds(5);
    private static final long LOOK_NANOS = Duration.ofMillis(5).toNanos();

    /** None, as on a machine that has no control groups of version 2. */
    public static ControlGroups none(String reason) {
        return new ControlGroups(Optional.empty(), Set.of(), reason);
    }

    /**
     * Makes the host's own group where this process may: in the root of the hierarchy when it is root, else in the group
     * that it is in, if that was delegated to it.
     *
     * @param name of the host's group, the same after a restart
     */
    public static ControlGroups open(String name) {
        try {
            return open(CgroupMount.ofThisProcess(), name);
        } catch (IOException e) {
            return none("control groups cannot be looked at: " + e.getMessage());
        }
    }

    /** Whether this process could make groups with limits, without making any. */
    public static ControlGroups look() {
        try {
            Optional<CgroupMount> mount = CgroupMount.ofThisProcess();
            Set<String> offered = mount.isEmpty() ? Set.of() : offered(mount.get());
            if (offered.isEmpty()) {
                return open(mount, "");
            }
            Path above = mount.get().delegated();
            return Files.isWritable(above.resolve("cgroup.subtree_control"))
                    ? in(above, offered)
                    : none("no control group was delegated to this user");
        } catch (IOException e) {
            return none("control groups cannot be looked at: " + e.getMessage());
        }
    }

    static ControlGroups open(Optional<CgroupMount> found, String name) {
        if (found.isEmpty()) {
            return none("control groups of version 2 are not mounted here");
        }
        CgroupMount mount = found.get();
        Set<String> offered = offered(mount);
        if (offered.isEmpty()) {
            return none("version 2 of control groups does not have " + String.join(", ", CONTROLLERS.keySet())
                    + " here: version 1 holds them");
        }
        try {
            Path above = mount.delegated();
            mount.enable(above, offered);
            Path own = above.resolve(name);
            Files.createDirectories(own);
            mount.enable(own, offered);
            return in(own, offered);
        } catch (IOException e) {
            return none("no control group was delegated to this process");
        }
    }

    private static Set<String> offered(CgroupMount mount) {
        Set<String> offered = new TreeSet<>(CONTROLLERS.keySet());
        offered.removeAll(mount.missing(mount.root(), offered));
        return offered;
    }

    private static ControlGroups in(Path above, Set<String> offered) {
        String where = "each VM gets a control group below " + above;
        Set<String> missing = new TreeSet<>(CONTROLLERS.keySet());
        missing.removeAll(offered);
        return new ControlGroups(
                Optional.of(above),
                offered,
                missing.isEmpty()
                        ? where
                        : where + ", without " + String.join(", ", missing)
                                + ": version 1 of control groups holds that");
    }

    public boolean isThere() {
        return parent.isPresent();
    }

    /** What VMs may take without a limit: of processors, memory, processes; empty: each has its limits. */
    public List<String> unlimited() {
        return CONTROLLERS.entrySet().stream()
                .filter(controller -> !controllers.contains(controller.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    /**
     * A group for one instance, with its limits; the process that is to be in it writes its pid into the file that this
     * returns.
     *
     * @param limits file of the group → what is written to it, where its controller is there
     */
    Optional<Path> make(String instance, Path directory, Map<String, String> limits) throws IOException {
        if (parent.isEmpty()) {
            return Optional.empty();
        }
        Path group = parent.get().resolve(instance);
        Files.writeString(directory.resolve(NOTE), group.toString());
        Files.createDirectories(group);
        for (Map.Entry<String, String> limit : limits.entrySet()) {
            String file = limit.getKey();
            if (controllers.contains(file.substring(0, file.indexOf('.')))) {
                write(group.resolve(file), limit.getValue());
            }
        }
        return Optional.of(group.resolve("cgroup.procs"));
    }

    /** The limits of a machine: its own memory and processors, and what QEMU needs beside them. */
    static Map<String, String> limitsOf(Machine machine, Accelerator.Kind accelerator) {
        // Without KVM, QEMU keeps the translated code of the guest: up to 1 GiB.
        long beside = accelerator == Accelerator.Kind.KVM ? 512L << 20 : 1536L << 20;
        long microseconds = machine.cpus() * 100_000L + 50_000L;
        return Map.of(
                "memory.max",
                Long.toString(machine.memory().value() + beside),
                "cpu.max",
                microseconds + " 100000",
                "pids.max",
                "512");
    }

    /** Ends whatever is left in the group that is noted in this directory, and removes it. Harmless when there is none. */
    public static void removeNotedIn(Path directory) throws IOException {
        Path note = directory.resolve(NOTE);
        if (Files.exists(note)) {
            remove(Path.of(Files.readString(note, StandardCharsets.UTF_8).strip()));
            Files.deleteIfExists(note);
        }
    }

    /** The instances that have a group now. */
    public List<String> instances() throws IOException {
        if (parent.isEmpty()) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(parent.get())) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> entry.getFileName().toString())
                    .toList();
        }
    }

    /** Removes the group of an instance that nothing else knows. */
    public void remove(String instance) throws IOException {
        if (parent.isPresent()) {
            remove(parent.get().resolve(instance));
        }
    }

    private static void remove(Path group) throws IOException {
        if (!Files.isDirectory(group)) {
            return;
        }
        kill(group);
        long end = System.nanoTime() + END.toNanos();
        while (!isRemoved(group)) {
            if (System.nanoTime() > end) {
                throw new IOException("processes in a control group cannot be ended");
            }
            // A process counts until it is reaped.
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static boolean isRemoved(Path group) {
        try {
            Files.deleteIfExists(group);
            return true;
        } catch (DirectoryNotEmptyException e) {
            return false;
        } catch (IOException e) {
            return !Files.exists(group); // busy, as long as a process is in it
        }
    }

    private static void kill(Path group) throws IOException {
        try {
            write(group.resolve("cgroup.kill"), "1");
        } catch (NoSuchFileException e) {
            // A kernel before 5.14.
            for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    static void write(Path file, String value) throws IOException {
        // The kernel's files are there already and take one write; a new file would be an ordinary one.
        Files.writeString(file, value, StandardOpenOption.WRITE);
    }
}
