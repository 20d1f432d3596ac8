package dev.oriel.host.vm;

import dev.oriel.core.vm.VmId;
import dev.oriel.host.qemu.ControlGroups;
import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.SocketPaths;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Removes what nothing on this host answers for: processes, instance directories, sockets, control groups and disks that
 * neither a VM nor the pool nor a freeze has. Such things are left by crashes in unlucky moments, and by people. A thing
 * goes when it was seen without an owner for a whole grace; a guest's network namespace goes with its process.
 *
 * <p>Owners are asked after the look around: what is made meanwhile is not in it yet. One thread of its own.
 */
final class Orphans {
    private static final Logger LOG = System.getLogger(Orphans.class.getName());
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final Duration END = Duration.ofSeconds(3);
    /** Somebody may still want to look at a disk. */
    private static final int DISK_GRACES = 60;

    private static final Pattern INSTANCE = Pattern.compile("[0-9a-f]{8}");
    private static final Pattern PROCESS = Pattern.compile("guest=oriel-([0-9a-f]{8})(?:\\x00|$)");
    private static final Pattern DISK = Pattern.compile("\\.?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\..+");

    /** Who has something. */
    interface Owners {
        /** Instances that a VM, the pool or a freeze has now. */
        Set<String> instances();

        Set<VmId> vms();
    }

    private interface Removal {
        void run() throws IOException;
    }

    private record Found(Removal removal, Duration grace) {}

    private final HostParts parts;
    private final Path users;
    private final ControlGroups groups;
    private final Owners owners;
    private final Duration grace;
    private final Map<String, Long> seenSince = new HashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    Orphans(HostParts parts, Path users, ControlGroups groups, Owners owners, Duration grace) {
        this.parts = parts;
        this.users = users;
        this.groups = groups;
        this.owners = owners;
        this.grace = grace;
        this.thread = Thread.ofVirtual().name("orphans").unstarted(this::loop);
    }

    void start() {
        thread.start();
    }

    void stop() throws InterruptedException {
        closing.countDown();
        boolean _ = thread.join(END);
    }

    private void loop() {
        Duration half = grace.dividedBy(2);
        Duration pause = half.compareTo(LONGEST_PAUSE) < 0 ? half : LONGEST_PAUSE;
        try {
            while (!closing.await(Math.max(1, pause.toMillis()), TimeUnit.MILLISECONDS)) {
                sweep();
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "orphans are not looked for any more");
        }
    }

    private void sweep() {
        try {
            Map<String, Found> found = look();
            seenSince.keySet().retainAll(found.keySet());
            found.forEach(this::consider);
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "what nobody answers for could not be looked for", e);
        }
    }

    private void consider(String name, Found orphan) {
        long since = seenSince.computeIfAbsent(name, key -> System.nanoTime());
        if (System.nanoTime() - since < orphan.grace().toNanos()) {
            return;
        }
        seenSince.remove(name);
        try {
            orphan.removal().run();
            LOG.log(Level.WARNING, "{0} belonged to nobody and is removed", name);
        } catch (IOException e) {
            LOG.log(Level.WARNING, name + " belongs to nobody and cannot be removed", e);
        }
    }

    private Map<String, Found> look() throws IOException {
        List<Path> directories = list(parts.run().resolve("instance"));
        List<Path> sockets = Stream.of("i", "q")
                .flatMap(kind -> list(parts.sockets().resolve(kind)).stream())
                .toList();
        List<Path> links = list(parts.sockets().resolve("vnc"));
        List<String> grouped = groups.instances();
        Map<GuestProcess, String> processes = processes();
        List<Path> disks =
                list(users).stream().flatMap(user -> list(user).stream()).toList();

        Set<String> instances = owners.instances();
        Set<VmId> vms = owners.vms();
        Map<String, Found> found = new LinkedHashMap<>();
        processes.forEach((process, instance) -> {
            if (!instances.contains(instance)) {
                found.put("process " + process.pid() + " of instance " + instance, soon(process::kill));
            }
        });
        directories.stream()
                .map(Orphans::nameOf)
                .filter(name -> isStray(name, instances) && !isLinked(name))
                .forEach(name -> found.put("directory of instance " + name, soon(() -> removeDirectory(name))));
        sockets.stream()
                .map(Orphans::nameOf)
                .filter(name -> isStray(name, instances))
                .forEach(name -> found.put(
                        "sockets of instance " + name,
                        soon(() -> SocketPaths.of(parts.sockets(), name).remove())));
        grouped.stream()
                .filter(name -> isStray(name, instances))
                .forEach(name -> found.put("control group of instance " + name, soon(() -> groups.remove(name))));
        links.stream()
                .filter(link ->
                        vmOf(nameOf(link) + ".").filter(vm -> !vms.contains(vm)).isPresent())
                .forEach(link -> found.put("console link " + nameOf(link), soon(() -> Files.deleteIfExists(link))));
        disks.stream()
                .filter(file -> isStrayDisk(file, vms))
                .forEach(file -> found.put(
                        "disk " + nameOf(file),
                        new Found(() -> parts.overlays().delete(file), grace.multipliedBy(DISK_GRACES))));
        return found;
    }

    private Found soon(Removal removal) {
        return new Found(removal, grace);
    }

    private static boolean isStray(String name, Set<String> instances) {
        return INSTANCE.matcher(name).matches() && !instances.contains(name);
    }

    /** A VM whose record cannot be read is an operator's to decide about. */
    private boolean isLinked(String instance) {
        return list(parts.run().resolve("vm")).stream().anyMatch(link -> {
            try {
                return nameOf(Files.readSymbolicLink(link)).equals(instance);
            } catch (IOException e) {
                return false;
            }
        });
    }

    private boolean isStrayDisk(Path file, Set<VmId> vms) {
        Optional<VmId> vm = vmOf(nameOf(file));
        return vm.isPresent()
                && !vms.contains(vm.get())
                && !Files.exists(
                        parts.run().resolve("vm").resolve(vm.get().toString()), java.nio.file.LinkOption.NOFOLLOW_LINKS)
                && !isNamedByADisk(file);
    }

    /** Whether any disk here consists of this file too. */
    private boolean isNamedByADisk(Path file) {
        return list(parts.run().resolve("instance")).stream().anyMatch(directory -> {
            try {
                return Files.readString(directory.resolve("disk.json")).contains(nameOf(file));
            } catch (NoSuchFileException e) {
                return false;
            } catch (IOException e) {
                return true; // nobody knows
            }
        });
    }

    private void removeDirectory(String instance) throws IOException {
        InstanceDirectory directory = parts.directory(instance);
        directory.process().ifPresent(GuestProcess::kill);
        directory.deleteDirectory();
    }

    /** Guests' processes of this host, by what their command lines say. */
    private Map<GuestProcess, String> processes() {
        Map<GuestProcess, String> found = new LinkedHashMap<>();
        String ours = parts.sockets().toString();
        for (Path process : list(Path.of("/proc"))) {
            if (nameOf(process).matches("\\d{1,18}")) {
                instanceOf(process, ours)
                        .ifPresent(instance -> GuestProcess.of(Long.parseLong(nameOf(process)))
                                .ifPresent(known -> found.put(known, instance)));
            }
        }
        return found;
    }

    private static Optional<String> instanceOf(Path process, String sockets) {
        try {
            String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
            Matcher named = PROCESS.matcher(line);
            return named.find() && line.contains(sockets + "/") ? Optional.of(named.group(1)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }

    private static Optional<VmId> vmOf(String file) {
        Matcher named = DISK.matcher(file.endsWith(".") ? file + "x" : file);
        return named.matches() ? Optional.of(VmId.of(named.group(1))) : Optional.empty();
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString();
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (IOException e) {
            return List.of(); // not there, or no directory
        }
    }
}
