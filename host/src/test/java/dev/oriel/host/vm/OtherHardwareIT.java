package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.ShapeStatus;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.Precedence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Frozen states of other hardware than their template's own, on real QEMU. */
class OtherHardwareIT {
    private static final Duration FREEZE = Duration.ofSeconds(45);
    private static final Map<String, String> ONE = Map.of(
            "oriel.host.instant", "true",
            "oriel.host.pool", "stubborn=0",
            "oriel.host.shapes", "1",
            "oriel.host.shapes-delay", "0s",
            "oriel.host.freeze-rest", "1s",
            "oriel.host.max-vms", "9");

    private final List<VmSpec> made = new ArrayList<>();

    @Test
    void otherHardware_bootsColdOnce_thenStartsFromAStateOfItsOwn_untilOthersTakeItsPlace() throws Exception {
        HostBench bench = new HostBench(false, ONE);
        try {
            live(bench);
        } finally {
            bench.host().stopGuests(Duration.ofSeconds(20));
            bench.close();
        }
    }

    private void live(HostBench bench) throws Exception {
        for (BootSector unused : List.of(BootSector.POLITE, BootSector.FORGER, BootSector.FRAIL)) {
            Path _ = bench.forget(unused);
        }
        CompletableFuture<Void> courtesy = CompletableFuture.runAsync(() -> awaitFreezingInBackground(bench));
        VmSpec cold = start(bench, 2, 48);
        courtesy.join();
        assertThat(bench.commandLineOf(cold)).contains("size=48M").doesNotContain("-incoming");
        assertThat(shapes(bench)).hasSize(1);
        awaitShape(bench, 2, 48);

        VmSpec clone = start(bench, 2, 48);
        assertThat(bench.commandLineOf(clone)).contains("size=48M", "-incoming");
        Path ram = frozenMemory(bench, clone);
        bench.restart();
        awaitShape(bench, 2, 48);
        VmSpec again = start(bench, 2, 48);
        assertThat(frozenMemory(bench, again)).isEqualTo(ram);

        VmSpec other = start(bench, 1, 40);
        awaitShape(bench, 1, 40);
        assertThat(bench.commandLineOf(other)).doesNotContain("-incoming");
        assertThat(ram).as("disks stand on it").exists();
        assertThat(ram.resolveSibling("holder")).as("its memory is let go").doesNotExist();
        assertThat(bench.ensure(clone, VmGoal.SUSPENDED, 2).phase()).isEqualTo(VmPhase.SUSPENDED);
        assertThat(bench.ensure(clone, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);

        made.forEach(
                spec -> assertThat(bench.force(spec, VmGoal.DELETED, 9).phase()).isEqualTo(VmPhase.GONE));
        bench.restart();
        await("its files go with the last disk").atMost(FREEZE).until(() -> !Files.exists(ram));
    }

    /** A guest that boots to be frozen beside a VM's gets less of the processors than that, where sessions are grouped. */
    private static void awaitFreezingInBackground(HostBench bench) {
        await("a freezing guest steps back")
                .atMost(FREEZE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> !Precedence.counts() || isAnyInBackground(bench));
    }

    /** There are no warm clones here. */
    private static boolean isAnyInBackground(HostBench bench) throws IOException {
        try (Stream<Path> instances = Files.list(bench.data().resolve("run/instance"))) {
            return instances
                    .filter(instance -> !Files.exists(instance.resolve("spec.json")))
                    .flatMap(instance -> processIn(instance).stream())
                    .flatMap(process -> Precedence.of(process).stream())
                    .anyMatch(Precedence.BACKGROUND::equals);
        }
    }

    private static Optional<GuestProcess> processIn(Path instance) {
        return GuestProcess.notedIn(instance, "oriel-" + instance.getFileName());
    }

    private VmSpec start(HostBench bench, int cpus, int memoryMiB) {
        VmSpec usual = HostBench.spec(BootSector.STUBBORN);
        VmSpec spec = new VmSpec(
                usual.id(),
                usual.owner(),
                usual.template(),
                cpus,
                Bytes.ofMiB(memoryMiB),
                usual.disk(),
                Optional.empty());
        made.add(spec);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        return spec;
    }

    private static List<ShapeStatus> shapes(HostBench bench) {
        return bench.host().templates().stream()
                .filter(status -> status.name().value().equals("stubborn"))
                .map(TemplateStatus::shapes)
                .findFirst()
                .orElseThrow();
    }

    private static void awaitShape(HostBench bench, int cpus, int memoryMiB) {
        await().atMost(FREEZE)
                .untilAsserted(() -> assertThat(shapes(bench))
                        .singleElement()
                        .isEqualTo(new ShapeStatus(
                                cpus, Bytes.ofMiB(memoryMiB), Bytes.ofMiB(64), true, Optional.empty())));
    }

    private static Path frozenMemory(HostBench bench, VmSpec spec) throws IOException {
        Matcher key = Pattern.compile("instant/([0-9a-f]{32})")
                .matcher(Files.readString(bench.runDirectory(spec).resolve("disk.json")));
        assertThat(key.find()).as("its disk stands on a frozen one").isTrue();
        return bench.data().resolve("vms/instant").resolve(key.group(1)).resolve("ram");
    }
}
