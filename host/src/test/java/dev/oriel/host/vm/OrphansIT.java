package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Things on a host that nobody has made a VM of. */
class OrphansIT {
    @RegisterExtension
    static final FreshBench BENCHES = new FreshBench(Map.of("oriel.host.orphan-grace", "0.1s"));

    private static final String NOBODYS = "0badc0de";

    private final HostBench bench;

    OrphansIT(HostBench bench) {
        this.bench = bench;
    }

    @Test
    void whatBelongsToNobody_goesAfterAGrace_andWhatBelongsToAVmStays() throws Exception {
        VmSpec running = HostBench.spec(BootSector.POLITE);
        VmSpec stopped = HostBench.spec(BootSector.POLITE);
        bench.ensure(running, VmGoal.RUNNING, 1);
        bench.ensure(stopped, VmGoal.RUNNING, 1);
        bench.force(stopped, VmGoal.STOPPED, 2);
        long pid = bench.pidOf(running);
        List<String> before = bench.leftovers();

        List<Path> strays = new ArrayList<>();
        strays.add(Files.createDirectories(bench.data().resolve("run/instance").resolve(NOBODYS)));
        Files.writeString(strays.getFirst().resolve("qemu.log"), "left");
        for (String kind : List.of("i", "q")) {
            strays.add(Files.createDirectories(bench.sockets().resolve(kind).resolve(NOBODYS)));
            Files.createFile(strays.getLast().resolve("left.sock"));
        }
        strays.add(Files.createSymbolicLink(
                bench.sockets().resolve("vnc").resolve(VmId.random().toString()),
                Path.of("../i", NOBODYS, "vnc.sock")));
        Path user = Files.createDirectories(
                bench.data().resolve("vms/users").resolve(UUID.randomUUID().toString()));
        strays.add(Files.createFile(user.resolve(VmId.random() + ".1.qcow2")));
        strays.add(Files.createFile(user.resolve("." + VmId.random() + ".2.qcow2.part")));
        Path unknown = Files.createFile(user.resolve("notes.txt"));
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "sleep 60; :",
                        "guest=oriel-" + NOBODYS,
                        bench.sockets()
                                .resolve("q")
                                .resolve(NOBODYS)
                                .resolve("qmp.sock")
                                .toString())
                .start();
        List<ProcessHandle> itsOwn = process.descendants().toList();

        try {
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(strays).noneMatch(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS)));
            assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
            itsOwn.forEach(ProcessHandle::destroyForcibly);
        }

        assertThat(unknown).exists();
        Files.delete(unknown);
        assertThat(bench.leftovers()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(bench.pidOf(running)).isEqualTo(pid);
        assertThat(bench.host().observe(running.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.ensure(stopped, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
    }
}
