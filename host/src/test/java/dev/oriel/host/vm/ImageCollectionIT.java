package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.UnusedImage;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images go when nothing needs them any more, some time later, and never before. */
class ImageCollectionIT {
    @RegisterExtension
    static final FreshBench BENCHES = new FreshBench(Map.of("oriel.host.image-grace", "1s"));

    private static final Duration SEVERAL_LOOKS = Duration.ofMillis(2500);

    private final HostBench bench;

    ImageCollectionIT(HostBench bench) {
        this.bench = bench;
    }

    @Test
    void everythingThatSomethingStandsOn_stays_andTheRestGoes() throws Exception {
        VmSpec suspended = HostBench.spec(BootSector.POLITE);
        bench.ensure(suspended, VmGoal.RUNNING, 1);
        assertThat(bench.ensure(suspended, VmGoal.SUSPENDED, 2).phase()).isEqualTo(VmPhase.SUSPENDED);
        VmSpec stopped = HostBench.spec(BootSector.STUBBORN);
        bench.ensure(stopped, VmGoal.RUNNING, 1);
        bench.host().takeSnapshot(stopped.id(), SnapshotId.random());
        bench.force(stopped, VmGoal.STOPPED, 2);
        VmSpec running = HostBench.spec(BootSector.FORGER);
        bench.ensure(running, VmGoal.RUNNING, 1);
        ImageDigest inDrive = put("a disc in a drive");
        bench.host().insertDisc(running.id(), inDrive);
        ImageDigest ejected = put("a disc that nobody wants");
        List<Path> needed = List.of(
                bench.forget(BootSector.POLITE), bench.forget(BootSector.STUBBORN), bench.forget(BootSector.FORGER));
        Path unneeded = bench.forget(BootSector.FRAIL);
        Path half = Files.write(bench.data().resolve("vms/base/abc.tmp"), new byte[9]);

        assertThat(bench.host().unusedImages())
                .extracting(UnusedImage::name)
                .containsExactlyInAnyOrder(
                        ejected + ".iso",
                        unneeded.getFileName().toString(),
                        half.getFileName().toString());
        await().atMost(HostBench.WAIT).until(() -> !Files.exists(unneeded) && !Files.exists(half));
        await().pollDelay(SEVERAL_LOOKS).until(() -> true);

        assertThat(needed).allMatch(Files::exists);
        assertThat(bench.host().hasImage(inDrive)).isTrue();
        assertThat(bench.host().hasImage(ejected)).isFalse();
        assertThat(bench.ensure(suspended, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.ensure(stopped, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        bench.host().ejectDisc(running.id());
        for (VmSpec vm : List.of(suspended, stopped, running)) {
            assertThat(bench.force(vm, VmGoal.DELETED, 9).phase()).isEqualTo(VmPhase.GONE);
        }
        await().atMost(HostBench.WAIT)
                .untilAsserted(() -> assertThat(bench.leftovers()).isEmpty());
        await().atMost(HostBench.WAIT).until(() -> needed.stream().noneMatch(Files::exists));
    }

    @Test
    void aDamagedRecord_keepsEverything_andLookingRemovesNothing() throws Exception {
        VmSpec vm = HostBench.spec(BootSector.POLITE);
        bench.ensure(vm, VmGoal.RUNNING, 1);
        Path base = bench.forget(BootSector.POLITE);
        Path record = bench.runDirectory(vm).resolve("disk.json");
        byte[] good = Files.readAllBytes(record);
        Files.writeString(record, "{\"layers\":[");
        assertThatThrownBy(() -> bench.host().collectImages()).isInstanceOf(OrielException.class);
        Path unneeded = bench.forget(BootSector.FRAIL);
        await().pollDelay(SEVERAL_LOOKS).until(() -> true);
        assertThat(base).exists();
        assertThat(unneeded).exists();

        Files.write(record, good);
        await().atMost(HostBench.WAIT).until(() -> !Files.exists(unneeded));
        assertThat(base).exists();
    }

    private ImageDigest put(String content) throws Exception {
        Path file = Files.write(bench.root().resolve("disc"), content.getBytes(StandardCharsets.UTF_8));
        ImageDigest digest = HostBench.digestOf(file);
        bench.host().putImage(digest, new Bytes(Files.size(file)), new ByteArrayInputStream(Files.readAllBytes(file)));
        return digest;
    }
}
