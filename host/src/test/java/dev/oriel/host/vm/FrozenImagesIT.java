package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Images under frozen templates: they stay while a clone stands on them, and go with the last one. */
class FrozenImagesIT {
    private static final Duration FREEZE = Duration.ofSeconds(45);
    private static final Duration SEVERAL_LOOKS = Duration.ofMillis(2500);

    @Test
    void baseOfAFrozenTemplate_outlivesTheTemplate_whileACloneStandsOnIt_andGoesWithIt() throws Exception {
        Map<String, String> settings = Map.of(
                "oriel.host.instant", "true",
                "oriel.host.pool", "polite=1",
                "oriel.host.freeze-rest", "1s",
                "oriel.host.image-grace", "1s");
        try (HostBench bench = new HostBench(false, settings)) {
            bench.forget(BootSector.FORGER);
            bench.forget(BootSector.FRAIL);
            await("a frozen template and a warm clone").atMost(FREEZE).until(() -> isReady(bench));
            VmSpec clone = HostBench.spec(BootSector.STUBBORN);
            assertThat(bench.ensure(clone, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
            Path base = bench.forget(BootSector.STUBBORN);
            Path underThePool = bench.forget(BootSector.POLITE);

            await("the warm clone goes, and what it stood on")
                    .atMost(HostBench.WAIT)
                    .until(() -> !Files.exists(underThePool) && filesIn(bench.data(), "vms/pool") == 0);
            await().pollDelay(SEVERAL_LOOKS).until(() -> true);
            assertThat(base).exists();
            bench.restart();
            await().pollDelay(SEVERAL_LOOKS).until(() -> true);
            assertThat(base).exists();
            assertThat(bench.ensure(clone, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
            assertThat(bench.ensure(clone, VmGoal.RUNNING, 3).phase())
                    .as("it starts from its disk, through the frozen one, on the base")
                    .isEqualTo(VmPhase.RUNNING);
            assertThat(bench.force(clone, VmGoal.DELETED, 4).phase()).isEqualTo(VmPhase.GONE);
            await("nothing of the template is left")
                    .atMost(HostBench.WAIT)
                    .until(() -> !Files.exists(base) && filesIn(bench.data(), "vms/instant") == 0);
            await().atMost(HostBench.WAIT).until(() -> bench.processes().isEmpty());
        }
    }

    private static boolean isReady(HostBench bench) {
        return bench.host().templates().stream().filter(TemplateStatus::instant).count() == 2
                && bench.host().templates().stream()
                        .anyMatch(status -> status.name().value().equals("polite") && status.poolReady() == 1);
    }

    private static long filesIn(Path data, String directory) throws Exception {
        Path there = data.resolve(directory);
        if (!Files.isDirectory(there)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(there)) {
            return all.filter(Files::isRegularFile).count();
        }
    }
}
