package dev.oriel.host.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Where the hierarchy of control groups of version 2 is mounted, and where in it this process is.
 *
 * @param root directory of the topmost group that can be seen
 * @param own directory of the group that this process is in
 */
record CgroupMount(Path root, Path own) {
    /** Processes may not be in a group whose children have limits: they move here. */
    private static final String LEAF = "oriel-manager";

    static Optional<CgroupMount> ofThisProcess() throws IOException {
        return of(
                Files.readAllLines(Path.of("/proc/self/mountinfo")), Files.readAllLines(Path.of("/proc/self/cgroup")));
    }

    /** By the lines of {@code /proc/self/mountinfo} and {@code /proc/self/cgroup}. */
    static Optional<CgroupMount> of(List<String> mounts, List<String> groups) {
        Optional<Path> root = mounts.stream()
                .filter(line -> line.contains(" - cgroup2 "))
                .map(line -> Path.of(line.split(" ")[4]))
                .findFirst();
        Optional<String> own = groups.stream()
                .filter(line -> line.startsWith("0::/"))
                .map(line -> line.substring("0::/".length()))
                .findFirst();
        return root.flatMap(top -> own.map(path -> new CgroupMount(top, top.resolve(path))));
    }

    /** Those of {@code wanted} that this group does not offer. */
    Set<String> missing(Path group, Collection<String> wanted) {
        Set<String> missing = new TreeSet<>(wanted);
        try {
            words(group.resolve("cgroup.controllers")).forEach(missing::remove);
        } catch (IOException e) {
            return missing;
        }
        return missing;
    }

    /** The group below which this process may make its own. */
    Path delegated() throws IOException {
        // Whoever runs the init system of this machine lets root make groups at the top; they outlive our own service.
        return Files.isWritable(root.resolve("cgroup.subtree_control")) ? root : own.toRealPath();
    }

    /** Lets children of {@code group} have limits of these kinds. */
    void enable(Path group, Collection<String> controllers) throws IOException {
        Path control = group.resolve("cgroup.subtree_control");
        if (words(control).containsAll(controllers)) {
            return;
        }
        String all = controllers.stream().map(name -> "+" + name).collect(Collectors.joining(" "));
        try {
            ControlGroups.write(control, all);
        } catch (IOException e) {
            moveProcesses(group);
            ControlGroups.write(control, all);
        }
    }

    private static void moveProcesses(Path group) throws IOException {
        Path leaf = group.resolve(LEAF);
        Files.createDirectories(leaf);
        for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
            ControlGroups.write(leaf.resolve("cgroup.procs"), pid);
        }
    }

    private static Set<String> words(Path file) throws IOException {
        return Set.of(Files.readString(file).strip().split("\\s+"));
    }
}
