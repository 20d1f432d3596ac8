package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a new VM Manager makes of what an earlier one left. */
@ExtendWith(FreshBench.class)
class AdoptionIT {
    private final HostBench bench;

    AdoptionIT(HostBench bench) {
        this.bench = bench;
    }

    @Test
    void runningGuest_isTakenOver_withSameProcess() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        VmObservation before = bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);
        long since = bench.host().changes(0, Duration.ZERO).next();

        bench.restart();

        VmChanges changes = bench.host().changes(since, Duration.ZERO);
        assertThat(changes.complete()).isTrue();
        assertThat(changes.vms()).containsExactly(before);
        assertThat(bench.pidOf(spec)).isEqualTo(pid);
        assertThat(bench.processes()).containsExactly(pid);
        assertThat(bench.ensure(spec, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(bench.processes()).isEmpty();
    }

    @Test
    void guestTakenOver_thatIsKilled_isSeenAsFailed() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        bench.restart();
        await().atMost(Duration.ofSeconds(5)).until(() -> bench.host().screenshot(spec.id()).length > 0);

        ProcessHandle.of(bench.pidOf(spec)).orElseThrow().destroyForcibly();

        await().atMost(Duration.ofSeconds(3))
                .until(() -> bench.host().observe(spec.id()).orElseThrow().phase() == VmPhase.FAILED);
        assertThat(bench.leftovers()).noneMatch(file -> file.startsWith("s/"));
    }

    @Test
    void guestThatDiedMeanwhile_isEndedByHost_andStartsAgainWhenAsked() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);

        bench.restart(() -> end(pid));

        VmObservation seen = bench.host().observe(spec.id()).orElseThrow();
        assertThat(seen.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(seen.endedByHost()).isTrue();
        assertThat(bench.leftovers()).noneMatch(file -> file.startsWith("s/")).noneMatch(file -> file.endsWith("/pid"));
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void processThatTalksNonsense_isEnded_withAReason() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        String instance = bench.runDirectory(spec).toRealPath().getFileName().toString();
        Path socket = bench.sockets().resolve("q").resolve(instance).resolve("qmp.sock");
        try (ServerSocketChannel nonsense = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            bench.restart(() -> {
                Files.delete(socket);
                nonsense.bind(UnixDomainSocketAddress.of(socket));
                Thread.ofVirtual().start(() -> babble(nonsense));
            });

            await().atMost(HostBench.WAIT)
                    .until(() -> bench.host().observe(spec.id()).orElseThrow().phase() == VmPhase.FAILED);
            assertThat(bench.host().observe(spec.id()).orElseThrow().reason())
                    .contains("its process does not speak as it should");
            assertThat(bench.processes()).isEmpty();
        }
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 2).phase()).isEqualTo(VmPhase.RUNNING);
    }

    /** A line without an end, for whoever connects as long as the server is open; how much of it was sent. */
    private static long babble(ServerSocketChannel server) {
        ByteBuffer noise = ByteBuffer.wrap("{\"QMP\":".repeat(10_000).getBytes(StandardCharsets.US_ASCII));
        long sent = 0;
        while (server.isOpen()) {
            try (SocketChannel peer = server.accept()) {
                while (peer.isOpen()) {
                    sent += peer.write(noise.rewind());
                }
            } catch (IOException e) {
                sent++; // hung up on, or closed
            }
        }
        return sent;
    }

    @Test
    void otherProcess_withTheSamePid_isNotTakenOver() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            Path directory = bench.runDirectory(spec).toRealPath();
            bench.restart(() -> {
                end(pid);
                Files.writeString(directory.resolve("pid"), stranger.pid() + "\n");
            });

            assertThat(bench.host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.STOPPED);
            bench.ensure(spec, VmGoal.DELETED, 2);
            assertThat(stranger.isAlive()).isTrue();
            assertThat(bench.leftovers()).isEmpty();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void otherProcess_withSamePidAndStartTimeOnFile_isNotTakenOver() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            Path directory = bench.runDirectory(spec).toRealPath();
            bench.restart(() -> {
                end(pid);
                Files.writeString(directory.resolve("pid"), stranger.pid() + "\n");
                Files.copy(
                        Path.of("/proc", Long.toString(stranger.pid()), "stat"),
                        directory.resolve("started"),
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            });

            assertThat(bench.host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.STOPPED);
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void orphanedInstance_isRemoved_withItsProcess() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        Path link = bench.runDirectory(spec);
        Path directory = link.toRealPath();

        bench.restart(() -> Files.delete(link));

        await().atMost(HostBench.WAIT).until(() -> bench.processes().isEmpty());
        assertThat(directory).doesNotExist();
        assertThat(bench.host().observe(spec.id())).isEmpty();
    }

    @Test
    void unreadableRecord_isLeftAlone_andHurtsNobodyElse() throws Exception {
        VmSpec damaged = HostBench.spec(BootSector.POLITE);
        VmSpec healthy = HostBench.spec(BootSector.POLITE);
        bench.ensure(damaged, VmGoal.STOPPED, 1);
        bench.ensure(healthy, VmGoal.RUNNING, 1);
        Path record = bench.runDirectory(damaged).resolve("spec.json");

        bench.restart(() -> Files.writeString(record, "{\"instance\":"));

        assertThat(record).exists();
        assertThat(bench.host().observe(healthy.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void startCutShort_isFinishedByTheNext() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.host().ensure(new VmAssignment(spec, VmGoal.RUNNING, false, 1), Duration.ZERO);

        bench.restart();

        VmObservation seen = bench.ensure(spec, VmGoal.RUNNING, 1);
        assertThat(seen.phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.processes()).containsExactly(bench.pidOf(spec));
    }

    @Test
    void stopGuests_endsAll_andKeepsWhatWasDesired() throws Exception {
        VmSpec polite = HostBench.spec(BootSector.POLITE);
        VmSpec stubborn = HostBench.spec(BootSector.STUBBORN);
        bench.ensure(polite, VmGoal.RUNNING, 1);
        bench.ensure(stubborn, VmGoal.RUNNING, 1);
        long begun = System.nanoTime();

        bench.host().stopGuests(Duration.ofSeconds(20));

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
        assertThat(bench.processes()).isEmpty();
        bench.restart();
        for (VmSpec spec : new VmSpec[] {polite, stubborn}) {
            assertThat(bench.host().observe(spec.id()).orElseThrow().endedByHost())
                    .isTrue();
            assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        }
    }

    @Test
    void secondManager_onSameData_isRefused() {
        assertThatThrownBy(() -> bench.openSecond()).isInstanceOf(IllegalStateException.class);
    }

    private static void end(long pid) throws Exception {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        process.destroyForcibly();
        process.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);
    }
}
