package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the kernel's own control groups, where root may make some. */
class ControlGroupsIT {
    private static final String NAME = "oriel-test-" + ProcessHandle.current().pid();

    @TempDir
    Path instance;

    private Path parent;

    @BeforeEach
    void open() throws Exception {
        Optional<CgroupMount> mount = CgroupMount.ofThisProcess();
        assumeThat(mount).as("control groups of version 2").isPresent();
        Path top = mount.get().root();
        assumeThat(Files.isWritable(top.resolve("cgroup.procs"))).isTrue();
        parent = Files.createDirectory(top.resolve(NAME));
    }

    @AfterEach
    void close() throws Exception {
        if (parent != null) {
            ControlGroups groups = new ControlGroups(Optional.of(parent), "test");
            for (String left : groups.instances()) {
                groups.remove(left);
            }
            Files.delete(parent);
        }
    }

    @Test
    void everythingInAGroupEndsWithIt_alsoWhatItsProcessHasStarted() throws Exception {
        ControlGroups groups = new ControlGroups(Optional.of(parent), "test");
        Path door = groups.make("0a1b2c3d", instance, Map.of()).orElseThrow();
        Process process = new ProcessBuilder(
                        "sh", "-c", "echo $$ >\"$1\"; setsid sleep 60 & exec sleep 60", "sh", door.toString())
                .start();
        while (Files.readAllLines(door).size() < 2 && process.isAlive()) {
            process.waitFor(5, TimeUnit.MILLISECONDS);
        }
        List<Long> inside = Files.readAllLines(door).stream().map(Long::valueOf).toList();
        assertThat(inside).hasSize(2).contains(process.pid());

        ControlGroups.removeNotedIn(instance);

        assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(inside)
                .noneMatch(pid ->
                        GuestProcess.of(pid).filter(GuestProcess::isAlive).isPresent());
        assertThat(groups.instances()).isEmpty();
        assertThat(instance.resolve("cgroup")).doesNotExist();
        ControlGroups.removeNotedIn(instance); // a repeat is harmless
    }

    @Test
    void processThatTakesTooMuchMemory_isEnded() throws Exception {
        ControlGroups groups = ControlGroups.open(NAME);
        assumeThat(groups.isThere()).as(groups.reason()).isTrue();
        Path door = groups.make(
                        "0a1b2c3e",
                        instance,
                        Map.of("memory.max", "20971520", "memory.swap.max", "0", "pids.max", "20"))
                .orElseThrow();

        Process process = new ProcessBuilder(
                        "sh", "-c", "echo $$ >\"$1\"; exec head -c 200M /dev/zero | tail", "sh", door.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();

        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(door.resolveSibling("memory.events"))).containsPattern("oom_kill [1-9]");
    }
}
