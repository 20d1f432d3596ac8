package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.Program;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real guests on a file system of 48 MiB that becomes full. Only root may mount one. */
class FullDiskIT {
    private static final Duration SOON = Duration.ofSeconds(15);

    /** Less than a cluster of a qcow2. */
    private static final int LEFT = 32 << 10;

    private Path mount;
    private HostBench bench;
    private boolean mounted;

    @BeforeEach
    void open() throws Exception {
        mount = Files.createTempDirectory("oriel-full");
        mounted = run("mount", "-t", "tmpfs", "-o", "size=48m,mode=755", "none", mount.toString());
        assumeTrue(mounted, "this user may not mount");
        bench = new HostBench(
                Files.createDirectory(mount.resolve("b")), Map.of("oriel.host.disk-reserve", Long.toString(LEFT * 4L)));
    }

    @AfterEach
    void close() throws Exception {
        if (mounted) {
            Files.deleteIfExists(filler());
            bench.close();
            // A guest that was just killed may take a moment to let go.
            await().atMost(SOON).until(() -> run("umount", mount.toString()));
        }
        Files.delete(mount);
    }

    @Test
    void hostWithoutRoomForAFrozenCopy_saysSo_andItsVmsBootCold() throws Exception {
        bench.close();
        bench = new HostBench(
                Files.createDirectory(mount.resolve("c")),
                Map.of("oriel.host.instant", "true", "oriel.host.disk-reserve", Long.toString(LEFT)));

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(bench.host().templates())
                        .filteredOn(template -> template.name().value().equals("polite"))
                        .singleElement()
                        .satisfies(template -> {
                            assertThat(template.instant()).isFalse();
                            assertThat(template.step())
                                    .contains("it cannot be frozen: too little disk space for a frozen copy");
                        }));
        VmSpec vm = HostBench.spec(BootSector.POLITE);
        assertThat(bench.ensure(vm, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        fill();
        bench.host().ensure(new VmAssignment(vm, VmGoal.SUSPENDED, false, 2), Duration.ZERO);
        await("it cannot be put aside either, and says so")
                .atMost(SOON)
                .until(() -> bench.host()
                        .observe(vm.id())
                        .orElseThrow()
                        .reason()
                        .equals(Optional.of("it could not be suspended")));
        assertThat(bench.pidOf(vm)).as("it runs on").isPositive();
        Files.delete(filler());
        await("with room it is put aside after all")
                .atMost(SOON)
                .until(() -> bench.host().observe(vm.id()).orElseThrow().phase() == VmPhase.SUSPENDED);
    }

    @Test
    void guestThatWrites_pausesWithAReason_andGoesOnByItself_whenThereIsRoom() throws Exception {
        VmSpec vm = HostBench.spec(BootSector.FORGER);
        VmSpec other = HostBench.spec(BootSector.POLITE);
        bench.ensure(vm, VmGoal.RUNNING, 1);
        bench.ensure(other, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(vm);
        fill();
        writeUntilPaused(vm);
        assertThat(seen(vm).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(seen(other).reason()).as("the guest that writes nothing").isEmpty();
        assertThat(bench.host().info().diskLow()).isTrue();
        assertNoRoom(() -> bench.ensure(HostBench.spec(BootSector.POLITE), VmGoal.RUNNING, 1));
        assertNoRoom(() -> bench.host().takeSnapshot(vm.id(), SnapshotId.random()));
        await().during(Duration.ofSeconds(5))
                .atMost(SOON)
                .untilAsserted(() -> assertThat(seen(vm).reason()).contains("paused-io"));

        Files.delete(filler());
        await().atMost(SOON).untilAsserted(() -> assertThat(seen(vm).reason()).isEmpty());
        assertThat(bench.pidOf(vm)).isEqualTo(pid);
        assertThat(bench.ensure(vm, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(new DiskBench(bench).head(vm, BootSector.FORGED.length))
                .as("what the guest was writing")
                .isEqualTo(BootSector.FORGED);
    }

    @Test
    void pausedGuest_stopsOnAFullDisk_andItsDiskIsWhole() throws Exception {
        VmSpec vm = HostBench.spec(BootSector.FORGER);
        bench.ensure(vm, VmGoal.RUNNING, 1);
        fill();
        writeUntilPaused(vm);
        fillToTheLastByte();

        assertThat(bench.force(vm, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
        Files.delete(filler());
        assertThat(bench.ensure(vm, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.force(vm, VmGoal.DELETED, 4).phase()).isEqualTo(VmPhase.GONE);
        assertThat(bench.leftovers()).isEmpty();
    }

    private static void assertNoRoom(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        OrielException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INSUFFICIENT_STORAGE));
    }

    /** The first keys may come before the guest listens. */
    private void writeUntilPaused(VmSpec vm) {
        await().atMost(HostBench.WAIT).pollInterval(Duration.ofMillis(500)).until(() -> {
            Vnc.press(console(vm), 'w');
            return seen(vm).reason().equals(Optional.of("paused-io"));
        });
    }

    private VmObservation seen(VmSpec vm) {
        return bench.host().observe(vm.id()).orElseThrow();
    }

    private Path console(VmSpec vm) {
        return bench.sockets().resolve("vnc").resolve(vm.id().toString());
    }

    private Path filler() {
        return mount.resolve("filler");
    }

    private void fill() throws IOException {
        try (FileChannel file = FileChannel.open(filler(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long size = mount.toFile().getUsableSpace() - LEFT;
            ByteBuffer zeros = ByteBuffer.allocate(64 << 10);
            while (file.size() < size) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), size - file.size()));
                file.write(zeros, file.size());
            }
        }
    }

    private void fillToTheLastByte() throws IOException {
        byte[] block = new byte[512];
        try (FileChannel file = FileChannel.open(filler(), StandardOpenOption.APPEND)) {
            for (int i = 0; i < 48 << 11; i++) {
                file.write(ByteBuffer.wrap(block));
            }
        } catch (IOException e) {
            assertThat(mount.toFile().getUsableSpace()).as("%s", e).isZero();
        }
    }

    private static boolean run(String program, String... arguments) throws IOException, InterruptedException {
        return Program.need(program).run(List.of(arguments), HostBench.WAIT).succeeded();
    }
}
