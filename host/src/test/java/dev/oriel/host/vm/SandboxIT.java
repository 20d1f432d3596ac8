package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.qemu.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a guest's process sees of the host, and that the host still has it in its hand. */
class SandboxIT {
    private HostBench bench;

    @BeforeEach
    void open() throws Exception {
        assumeThat(Sandbox.detect().isThere())
                .as("this machine lets bubblewrap make namespaces")
                .isTrue();
        boolean root = System.getProperty("user.name").equals("root");
        bench = new HostBench(true, root ? Map.of("oriel.host.uid-base", "813000") : Map.of());
    }

    @AfterEach
    void close() throws Exception {
        if (bench != null) {
            bench.close();
        }
    }

    @Test
    void guestsProcess_seesOnlyItsPrograms_itsDisks_andItsSockets() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        Path process = Path.of("/proc", Long.toString(bench.pidOf(spec)));

        for (String namespace : List.of("mnt", "pid", "net", "ipc", "uts")) {
            assertThat(Files.readSymbolicLink(process.resolve("ns").resolve(namespace)))
                    .as(namespace)
                    .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns", namespace)));
        }
        assertThat(entriesOf(process.resolve("root")))
                .contains("usr", "proc")
                .doesNotContain("etc", "home", "root", "var");
        assertThat(entriesOf(inside(process, bench.sockets().resolve("q")))).hasSize(1);
        assertThat(inside(process, bench.data().resolve("run"))).doesNotExist();
        assertThat(Files.readAllLines(process.resolve("net/dev"))).hasSize(3); // two of heading, and its own loopback
        String status = Files.readString(process.resolve("status"));
        assertThat(status).contains("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000");
        assertThat(Files.readString(process.resolve("limits"))).containsPattern("Max core file size +0 +0");
    }

    @Test
    void guest_outlivesItsKeeper_isTakenOver_andEnded() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);
        ProcessHandle keeper =
                ProcessHandle.of(pid).flatMap(ProcessHandle::parent).orElseThrow();
        assertThat(keeper.info().command().orElseThrow()).endsWith("bwrap");
        assertThat(bench.processes()).containsExactly(pid);

        bench.restart(() -> {
            keeper.destroyForcibly();
            // As if the VM Manager had been killed before it could note whom it had started.
            Files.delete(bench.runDirectory(spec).resolve("pid"));
        });

        assertThat(bench.host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        await().atMost(Duration.ofSeconds(5)).until(() -> bench.host().screenshot(spec.id()).length > 0);
        assertThat(bench.pidOf(spec)).isEqualTo(pid);
        bench.ensure(spec, VmGoal.DELETED, 2);
        assertThat(bench.processes()).isEmpty();
        assertThat(bench.leftovers()).isEmpty();
    }

    private static Path inside(Path process, Path path) {
        return process.resolve("root").resolve(path.toString().substring(1));
    }

    private static List<String> entriesOf(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }
}
