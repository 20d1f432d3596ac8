package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In directories that look like the kernel's; {@link ControlGroupsIT} is on the kernel's own. */
class ControlGroupsTest {
    @TempDir
    Path root;

    @Test
    void mount_isFound_alsoBesideVersion1() {
        Optional<CgroupMount> found = CgroupMount.of(
                List.of(
                        "33 25 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
                        "34 33 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
                        "35 33 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"),
                List.of("4:memory:/x", "0::/user.slice/oriel"));

        assertThat(found)
                .contains(new CgroupMount(
                        Path.of("/sys/fs/cgroup/unified"), Path.of("/sys/fs/cgroup/unified/user.slice/oriel")));
        assertThat(CgroupMount.of(List.of(), List.of("0::/"))).isEmpty();
    }

    @Test
    void controllersThatVersion1Holds_areNamed() throws Exception {
        Files.writeString(root.resolve("cgroup.controllers"), "hugetlb\n");

        ControlGroups groups = ControlGroups.open(Optional.of(new CgroupMount(root, root)), "oriel-1");

        assertThat(groups.isThere()).isFalse();
        assertThat(groups.unlimited()).containsExactly("processors", "memory", "processes");
        assertThat(groups.reason()).contains("cpu, memory, pids").contains("version 1");
    }

    @Test
    void whatVersion1DoesNotHold_isLimited_andTheRestIsNamed() throws Exception {
        ControlGroups groups = hierarchy("cpu hugetlb pids");
        Path instance = Files.createDirectory(root.resolve("instance"));
        Path group = Files.createDirectories(root.resolve("oriel-1/0a1b2c3d"));
        Files.createFile(group.resolve("pids.max"));

        groups.make("0a1b2c3d", instance, Map.of("memory.max", "5000", "pids.max", "512"));

        assertThat(group.resolve("pids.max")).hasContent("512");
        assertThat(group.resolve("memory.max")).doesNotExist();
        assertThat(root.resolve("cgroup.subtree_control")).hasContent("+cpu +pids");
        assertThat(groups.unlimited()).containsExactly("memory");
        assertThat(groups.reason()).contains("without memory");
    }

    @Test
    void everyInstanceGetsAGroupWithItsLimits_notedWhereItsRemoverFindsIt() throws Exception {
        ControlGroups groups = hierarchy("cpu io memory pids");
        Path instance = Files.createDirectory(root.resolve("instance"));
        Path group = root.resolve("oriel-1/0a1b2c3d");
        Files.createDirectories(group);
        for (String file : List.of("memory.max", "cpu.max", "cgroup.procs")) {
            Files.createFile(group.resolve(file));
        }

        Optional<Path> door = groups.make("0a1b2c3d", instance, Map.of("memory.max", "5000", "cpu.max", "1 2"));

        assertThat(door).contains(group.resolve("cgroup.procs"));
        assertThat(group.resolve("memory.max")).hasContent("5000");
        assertThat(group.resolve("cpu.max")).hasContent("1 2");
        assertThat(instance.resolve("cgroup")).hasContent(group.toString());
        assertThat(groups.instances()).containsExactly("0a1b2c3d");
        assertThat(root.resolve("cgroup.subtree_control")).hasContent("+cpu +memory +pids");
    }

    private ControlGroups hierarchy(String controllers) throws IOException {
        Files.createDirectories(root.resolve("oriel-1"));
        for (Path level : List.of(root, root.resolve("oriel-1"))) {
            Files.writeString(level.resolve("cgroup.controllers"), controllers + "\n");
            Files.createFile(level.resolve("cgroup.subtree_control"));
        }
        return ControlGroups.open(Optional.of(new CgroupMount(root, root)), "oriel-1");
    }
}
