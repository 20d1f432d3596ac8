package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
            ControlGroups groups = new ControlGroups(Optional.of(parent), Set.of(), "test");
            for (String left : groups.instances()) {
                groups.remove(left);
            }
            Files.delete(parent);
        }
    }

    @Test
    void everythingInAGroupEndsWithIt_alsoWhatItsProcessHasStarted() throws Exception {
        ControlGroups groups = new ControlGroups(Optional.of(parent), Set.of(), "test");
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
        Path door = doorTo("memory", Map.of("memory.max", "20971520", "memory.swap.max", "0"));

        Process process = new ProcessBuilder(
                        "sh", "-c", "echo $$ >\"$1\"; exec head -c 200M /dev/zero | tail", "sh", door.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();

        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(door.resolveSibling("memory.events"))).containsPattern("oom_kill [1-9]");
    }

    @Test
    void processThatStartsTooMany_getsNoMore() throws Exception {
        Path door = doorTo("pids", Map.of("pids.max", "8"));

        Process process = new ProcessBuilder(
                        "sh", "-c", "echo $$ >\"$1\"; for i in $(seq 20); do sleep 20 & done", "sh", door.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();

        // The shell ends when the kernel refuses it one.
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(door.resolveSibling("pids.events"))).containsPattern("max [1-9]");
        assertThat(Files.readAllLines(door)).hasSizeLessThanOrEqualTo(8);
    }

    @Test
    void processThatTakesTooMuchOfTheProcessors_waits() throws Exception {
        Path door = doorTo("cpu", Map.of("cpu.max", "10000 100000"));

        Process process =
                new ProcessBuilder("sh", "-c", "echo $$ >\"$1\"; while :; do :; done", "sh", door.toString()).start();

        assertThat(process.waitFor(1, TimeUnit.SECONDS)).isFalse();
        assertThat(Files.readString(door.resolveSibling("cpu.stat"))).containsPattern("nr_throttled [1-9]");
    }

    /** Of a group with these limits, where the kernel lets this process have some of that kind. */
    private Path doorTo(String controller, Map<String, String> limits) throws Exception {
        ControlGroups groups = ControlGroups.open(NAME);
        assumeThat(groups.controllers()).as(groups.reason()).contains(controller);
        return groups.make("0a1b2c3e", instance, limits).orElseThrow();
    }
}
