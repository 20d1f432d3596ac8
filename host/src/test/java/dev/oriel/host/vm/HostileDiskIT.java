package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.Program;
import dev.oriel.host.disk.Qcow2Header;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A guest that makes its own disk look like a qcow2 whose backing file is one of the host's: whatever is done with that
 * disk afterwards, nobody opens that file.
 */
@ExtendWith(FreshBench.class)
class HostileDiskIT {
    private final HostBench bench;
    private final DiskBench disks;

    HostileDiskIT(HostBench bench) {
        this.bench = bench;
        disks = new DiskBench(bench);
    }

    @Test
    void guestThatOverwritesItsFirstSector_gainsNothing() throws Exception {
        VmSpec vm = HostBench.spec(BootSector.FORGER);
        bench.ensure(vm, VmGoal.RUNNING, 1);
        pressUntilWritten(vm);
        SnapshotId live =
                bench.host().takeSnapshot(vm.id(), SnapshotId.random()).id();
        assertOpensOnlyItsOwn(vm);
        bench.ensure(vm, VmGoal.STOPPED, 2);
        assertThat(disks.head(vm, BootSector.FORGED.length)).isEqualTo(BootSector.FORGED);

        SnapshotId rested =
                bench.host().takeSnapshot(vm.id(), SnapshotId.random()).id();
        VmSpec child = new VmSpec(
                        VmId.random(), UserId.random(), vm.template(), 1, vm.memory(), vm.disk(), Optional.empty())
                .from(new DiskSource(vm.id(), rested, 1));
        assertThat(bench.ensure(child, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        assertOpensOnlyItsOwn(child);
        VmSpec back = vm.from(new DiskSource(vm.id(), live, 1));
        assertThat(bench.ensure(back, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertOpensOnlyItsOwn(vm);
        bench.ensure(back, VmGoal.STOPPED, 4);
        assertDownloadsOnlyItsOwn(vm, rested);
        bench.host().dropSnapshot(vm.id(), live);
        bench.host().dropSnapshot(vm.id(), rested);
        await().atMost(HostBench.WAIT)
                .untilAsserted(() -> assertThat(disks.chainOf(vm).layers()).hasSize(1));

        assertThat(disks.head(vm, BootSector.FORGED.length)).isEqualTo(BootSector.FORGED);
        for (VmSpec each : List.of(vm, child)) {
            for (DiskLayer layer : disks.chainOf(each).layers()) {
                assertThat(Files.readAllBytes(layer.path())).startsWith('Q', 'F', 'I', 0xfb);
                assertThat(headerOf(layer.path())).doesNotContain(BootSector.TARGET);
            }
        }
    }

    /** Its image, opened as what it is, reads as what the guest wrote, and nothing of the host is in it. */
    private void assertDownloadsOnlyItsOwn(VmSpec vm, SnapshotId snapshot) throws Exception {
        Path image = bench.root().resolve("download.qcow2");
        Path raw = bench.root().resolve("download.raw");
        try (SnapshotImage download = bench.host().openSnapshot(vm.id(), snapshot)) {
            Files.copy(download.content(), image);
        }
        assertThat(Qcow2Header.read(image).selfContained()).isTrue();
        Program.need("qemu-img")
                .run(List.of("convert", "-f", "qcow2", "-O", "raw", image.toString(), raw.toString()), HostBench.WAIT);
        byte[] content = Files.readAllBytes(raw);
        assertThat(content).startsWith(BootSector.FORGED);
        assertThat(new String(content, StandardCharsets.ISO_8859_1))
                .doesNotContain(Files.readString(Path.of(BootSector.TARGET)));
    }

    private void pressUntilWritten(VmSpec vm) {
        Path console = bench.sockets().resolve("vnc").resolve(vm.id().toString());
        long before = allocated(vm);
        await().atMost(HostBench.WAIT).pollInterval(Duration.ofMillis(200)).until(() -> {
            Vnc.press(console, 'w');
            return allocated(vm) > before;
        });
    }

    /** What the guest has written shows in the length of its layer's file. */
    private long allocated(VmSpec vm) {
        try {
            return Files.size(disks.chainOf(vm).top().path());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void assertOpensOnlyItsOwn(VmSpec vm) throws IOException {
        Path target = Path.of(BootSector.TARGET).toRealPath();
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(bench.pidOf(vm)), "fd"))) {
            List<Path> files =
                    open.filter(Files::isRegularFile).map(HostileDiskIT::real).toList();
            assertThat(files).isNotEmpty().doesNotContain(target);
        }
    }

    private static Path real(Path link) {
        try {
            return link.toRealPath();
        } catch (IOException e) {
            return link;
        }
    }

    private static String headerOf(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(4096), StandardCharsets.ISO_8859_1);
        }
    }
}
