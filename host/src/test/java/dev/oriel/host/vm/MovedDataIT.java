package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A host's data at another place than before: moved to a larger disk, or a backup that came back. */
class MovedDataIT {
    private static final Map<String, String> SETTINGS = Map.of(
            "oriel.host.instant", "true", "oriel.host.freeze-rest", "2s", "oriel.host.pool", "polite=0,stubborn=0");

    @Test
    void vmsGoOn_withTheirDisks_snapshotsAndMemory() throws Exception {
        VmSpec resting = HostBench.spec(BootSector.POLITE);
        VmSpec asleep = HostBench.spec(BootSector.STUBBORN);
        HostBench before = new HostBench(false, SETTINGS);
        await().atMost(Duration.ofMinutes(1))
                .until(() -> before.host().templates().stream()
                                .filter(TemplateStatus::instant)
                                .count()
                        == BootSector.values().length);
        DiskBench disks = new DiskBench(before);
        before.ensure(resting, VmGoal.RUNNING, 1);
        before.force(resting, VmGoal.STOPPED, 2);
        disks.write(resting, 1, 0, 96);
        ImageDigest atFirst = disks.contentOf(resting);
        SnapshotId snapshot =
                before.host().takeSnapshot(resting.id(), SnapshotId.random()).id();
        disks.write(resting, 2, 0, 96);
        ImageDigest last = disks.contentOf(resting);
        before.ensure(asleep, VmGoal.RUNNING, 1);
        assertThat(before.ensure(asleep, VmGoal.SUSPENDED, 2).phase()).isEqualTo(VmPhase.SUSPENDED);
        before.host().stopGuests(Duration.ofSeconds(20));
        before.host().close();
        Path place = Files.createTempDirectory("oriel-vm").resolve("moved");
        Files.move(before.root(), place);

        try (HostBench after = new HostBench(place, SETTINGS)) {
            DiskBench moved = new DiskBench(after);
            assertThat(moved.contentOf(resting)).isEqualTo(last);
            assertThat(after.ensure(asleep, VmGoal.RUNNING, 3))
                    .satisfies(seen ->
                            assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING));
            assertThat(after.commandLineOf(asleep)).as("it remembers").contains("-incoming");
            VmSpec back = resting.from(new DiskSource(resting.id(), snapshot, 1));
            assertThat(after.ensure(back, VmGoal.STOPPED, 3).phase()).isEqualTo(VmPhase.STOPPED);
            assertThat(moved.contentOf(resting)).isEqualTo(atFirst);
            assertThat(after.ensure(back, VmGoal.RUNNING, 4).phase()).isEqualTo(VmPhase.RUNNING);

            after.host().dropSnapshot(resting.id(), snapshot);
            await().atMost(HostBench.WAIT)
                    .until(() -> moved.chainOf(resting).layers().size() == 1);
            after.restart();
            assertThat(after.host().observe(resting.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
            after.host().stopGuests(Duration.ofSeconds(20));
        } finally {
            Files.deleteIfExists(place.resolveSibling(""));
        }
    }
}
