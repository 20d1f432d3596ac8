package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.Precedence;
import dev.oriel.host.rfb.FirstFrame;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Frozen guests, clones of them and the pool, on real QEMU; one host for all that need no other settings. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstantIT {
    private static final Duration FREEZE = Duration.ofSeconds(45);

    private final List<VmSpec> made = new ArrayList<>();
    private HostBench bench;

    @BeforeAll
    void open() throws Exception {
        bench = benchWith(Map.of("oriel.host.pool", "polite=2", "oriel.host.freeze-rest", "2s"));
    }

    private static HostBench benchWith(Map<String, String> more) throws Exception {
        Map<String, String> settings = new HashMap<>(
                Map.of("oriel.host.instant", "true", "oriel.host.max-vms", "9", "oriel.host.pool-most", "2"));
        settings.putAll(more);
        return new HostBench(false, settings);
    }

    @AfterEach
    void deleteVms() {
        made.forEach(spec ->
                assertThat(bench.force(spec, VmGoal.DELETED, 100).phase()).isEqualTo(VmPhase.GONE));
        made.clear();
    }

    @AfterAll
    void close() throws Exception {
        bench.host().stopGuests(Duration.ofSeconds(20));
        try {
            await("the end of the host leaves no process")
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> bench.processes().isEmpty());
        } finally {
            bench.close();
        }
    }

    @Test
    void clones_goOnFromTheFreeze_eachOnItsOwn_andTheTemplateIsUntouched() throws Exception {
        awaitInstant();
        VmSpec first = spec(BootSector.STUBBORN);
        VmSpec second = spec(BootSector.STUBBORN);

        VmObservation seen = bench.ensure(first, VmGoal.RUNNING, 1);
        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        bench.ensure(second, VmGoal.RUNNING, 1);
        Path disk = bench.runDirectory(first).resolve("disk.json");
        String before = frozenDigests(disk);
        assertThat(bench.commandLineOf(first)).contains("-incoming defer", "/proc/self/fd/9");
        Set<String> asFrozen = picturesOf(second);
        Vnc.press(console(first), 'x');
        Vnc.press(console(first), 'y');

        await().atMost(HostBench.WAIT).until(() -> !asFrozen.contains(screenOf(first)));
        await().atMost(HostBench.WAIT).until(() -> asFrozen.contains(screenOf(second)));
        assertThat(frozenDigests(disk)).isEqualTo(before);
    }

    @Test
    void stoppedClone_bootsColdFromItsOwnDisk_andDeleteLeavesNothing() throws Exception {
        awaitInstant();
        VmSpec spec = spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        assertThat(bench.commandLineOf(spec)).contains("-incoming");

        assertThat(bench.ensure(spec, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.commandLineOf(spec)).doesNotContain("-incoming");
        assertThat(bench.ensure(spec, VmGoal.DELETED, 4).phase()).isEqualTo(VmPhase.GONE);

        assertThat(leftovers()).isEmpty();
    }

    @Test
    void warmClone_isHandedOut_runsAtOnce_andItsPlaceIsFilledAgain() throws Exception {
        awaitPool(2);
        List<Long> waiting =
                bench.processes().stream().filter(InstantIT::isGuest).toList();
        boolean grouped = Precedence.counts();
        assertThat(warmInstances())
                .as("warm clones were made with less of the processors than others get")
                .allMatch(instance -> !grouped || isInBackground(pidIn(instance)));
        VmSpec spec = spec(BootSector.POLITE);

        VmObservation seen = bench.ensure(spec, VmGoal.RUNNING, 1);

        assertThat(seen.phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(waiting).contains(bench.pidOf(spec));
        assertThat(isInBackground(bench.pidOf(spec))).isFalse();
        FirstFrame.await(console(spec), HostBench.WAIT);
        Path named = bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".qcow2");
        assertThat(named).isRegularFile();
        awaitPool(2);
        assertThat(bench.ensure(spec, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.ensure(spec, VmGoal.DELETED, 4).phase()).isEqualTo(VmPhase.GONE);
        assertThat(named).doesNotExist();
    }

    @Test
    void suspendedVm_costsNoProcess_andGoesOnWhereItWas_alsoAfterARestartOfTheManager() throws Exception {
        awaitInstant();
        VmSpec spec = spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        Set<String> empty = picturesOf(spec);
        Vnc.press(console(spec), 'x');
        Vnc.press(console(spec), 'y');
        await().atMost(HostBench.WAIT).until(() -> !empty.contains(screenOf(spec)));
        Set<String> typed = picturesOf(spec);

        // From its next start on, it is to have other hardware.
        VmObservation seen = bench.ensure(larger(spec, 1), VmGoal.SUSPENDED, 2);

        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.SUSPENDED);
        assertThat(bench.runDirectory(spec).resolve("pid")).doesNotExist();
        Path state = bench.runDirectory(spec).resolve("memory.state");
        assertThat(Files.size(state)).as("what it remembers of its 32 MiB").isLessThan(20L << 20);
        bench.restart();
        assertThat(bench.host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.SUSPENDED);
        VmObservation resumed = bench.ensure(larger(spec, 2), VmGoal.RUNNING, 3);
        assertThat(resumed.phase()).as("%s", resumed.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.commandLineOf(spec)).contains("-incoming", "cpus=" + spec.cpus());
        await().atMost(HostBench.WAIT).until(() -> typed.contains(screenOf(spec)));
        assertThat(state).doesNotExist();
        Vnc.press(console(spec), 'z');
        await().atMost(HostBench.WAIT).until(() -> !typed.contains(screenOf(spec)));
        // As a VM Manager leaves it that was killed while it forgot what the guest had remembered.
        bench.restart(() -> Files.createFile(state));
        await().atMost(HostBench.WAIT).until(() -> !Files.exists(state));
    }

    @Test
    void guestThatCannotBeSuspended_andIsToRunAgain_isTheSameGuest() throws Exception {
        awaitInstant();
        VmSpec spec = spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        String pid = Files.readString(bench.runDirectory(spec).resolve("pid"));
        // Where its memory would be written nothing can be.
        Path part = Files.createDirectory(bench.runDirectory(spec).resolve("memory.state.part"));
        Path inside = Files.createFile(part.resolve("inside"));

        var _ = bench.host().ensure(new VmAssignment(spec, VmGoal.SUSPENDED, false, 2), Duration.ZERO);
        await().atMost(HostBench.WAIT)
                .until(() -> bench.host().observe(spec.id()).orElseThrow().reason(), Optional::isPresent);
        VmObservation seen = bench.ensure(spec, VmGoal.RUNNING, 3);

        assertThat(seen.phase()).as("%s", seen.reason()).isEqualTo(VmPhase.RUNNING);
        assertThat(Files.readString(bench.runDirectory(spec).resolve("pid"))).isEqualTo(pid);
        Files.delete(inside);
        Files.delete(part);
    }

    @Test
    void coldBootedVm_isSuspendedToo_andADamagedMemoryIsSaid() throws Exception {
        awaitInstant();
        VmSpec spec = spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        bench.force(spec, VmGoal.STOPPED, 2);
        bench.ensure(spec, VmGoal.RUNNING, 3);
        assertThat(bench.commandLineOf(spec)).doesNotContain("-incoming");

        assertThat(bench.ensure(spec, VmGoal.SUSPENDED, 4).phase()).isEqualTo(VmPhase.SUSPENDED);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 5).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.ensure(spec, VmGoal.SUSPENDED, 6).phase()).isEqualTo(VmPhase.SUSPENDED);
        Path state = bench.runDirectory(spec).resolve("memory.state");
        Files.write(state, Arrays.copyOf(Files.readAllBytes(state), 5000));

        VmObservation lost = bench.ensure(spec, VmGoal.RUNNING, 7);

        assertThat(lost.phase()).isEqualTo(VmPhase.FAILED);
        assertThat(lost.reason().orElseThrow()).contains("boots from its disk").doesNotContain("/");
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 8).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.commandLineOf(spec)).doesNotContain("-incoming");
    }

    @Test
    void restartOfTheManager_keepsMemoryAndClones_andWhatNobodyClaimsIsRemoved() throws Exception {
        // What was asked for much before this is forgotten, and only the clones that are always kept stay.
        bench.restart();
        awaitPool(2);
        List<Path> instances = await().atMost(HostBench.WAIT).until(this::warmInstances, found -> found.size() == 2);
        Path unclaimed = instances.getFirst();
        Path kept = instances.getLast().resolve("pool.json");
        long guestOfNobody =
                Long.parseLong(Files.readString(unclaimed.resolve("pid")).strip());
        long warm = Long.parseLong(Files.readString(kept.resolveSibling("pid")).strip());
        String holder = frozenMemory(kept).toString();
        Path part = bench.data().resolve("vms/instant/0123.part");

        Path earlier = bench.data().resolve("vms/instant/" + "0f".repeat(16));

        // As a VM Manager leaves it that was killed while it warmed a clone and froze a template.
        bench.restart(() -> {
            Files.delete(unclaimed.resolve("pool.json"));
            Files.createDirectory(part);
            Files.createFile(part.resolve("ram"));
            Files.createDirectory(earlier);
            Files.createFile(earlier.resolve("ram"));
        });

        assertThat(unclaimed).doesNotExist();
        assertThat(part).doesNotExist();
        awaitPool(2);
        await().atMost(HostBench.WAIT).until(() -> !Files.exists(earlier));
        assertThat(frozenMemory(kept)).hasToString(holder);
        assertThat(bench.processes()).contains(warm).doesNotContain(guestOfNobody);
    }

    @Test
    void templateThatChanges_isFrozenAnew_whileClonesOfTheOldOneGoOn_untilNoneNeedsIt() throws Exception {
        awaitInstant();
        VmSpec old = spec(BootSector.STUBBORN);
        bench.ensure(old, VmGoal.RUNNING, 1);
        Set<String> empty = picturesOf(old);
        Vnc.press(console(old), 'x');
        await().atMost(HostBench.WAIT).until(() -> !empty.contains(screenOf(old)));
        Set<String> typed = picturesOf(old);
        Path frozen = frozenFile(bench.runDirectory(old).resolve("disk.json"), "ram");

        bench.renewBaseOf(BootSector.STUBBORN);

        assertThat(bench.host().templates())
                .filteredOn(status -> status.name().value().equals("stubborn"))
                .noneMatch(TemplateStatus::instant);
        VmSpec meanwhile = spec(BootSector.STUBBORN);
        bench.ensure(meanwhile, VmGoal.RUNNING, 1);
        assertThat(bench.commandLineOf(meanwhile))
                .as("boots cold from the new image")
                .doesNotContain("-incoming");
        awaitInstant();
        VmSpec fresh = spec(BootSector.STUBBORN);
        bench.ensure(fresh, VmGoal.RUNNING, 1);
        assertThat(bench.commandLineOf(fresh)).contains("-incoming");
        assertThat(frozenFile(bench.runDirectory(fresh).resolve("disk.json"), "ram"))
                .isNotEqualTo(frozen);
        assertThat(bench.ensure(old, VmGoal.SUSPENDED, 2).phase()).isEqualTo(VmPhase.SUSPENDED);
        bench.restart();
        assertThat(bench.ensure(old, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        await().atMost(HostBench.WAIT).until(() -> typed.contains(screenOf(old)));
        assertThat(frozen).exists();

        bench.force(old, VmGoal.DELETED, 4);
        bench.restart();
        await().atMost(FREEZE).until(() -> !Files.exists(frozen));
    }

    @Test
    void memoryWhoseHolderIsKilled_isReadAgain_andRunningClonesDoNotMind() throws Exception {
        awaitInstant();
        VmSpec before = spec(BootSector.STUBBORN);
        bench.ensure(before, VmGoal.RUNNING, 1);
        Path holder = frozenFile(bench.runDirectory(before).resolve("disk.json"), "holder");
        long killed = Long.parseLong(Files.readString(holder).split(" ")[0]);

        ProcessHandle.of(killed).orElseThrow().destroyForcibly();

        await().atMost(HostBench.WAIT)
                .until(() -> Files.exists(holder)
                        && !Files.readString(holder).startsWith(killed + " ")
                        && bench.host().templates().stream()
                                        .filter(TemplateStatus::instant)
                                        .count()
                                == BootSector.values().length);
        assertThat(bench.ensure(before, VmGoal.SUSPENDED, 2).phase()).isEqualTo(VmPhase.SUSPENDED);
        assertThat(bench.ensure(before, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
        VmSpec after = spec(BootSector.STUBBORN);
        assertThat(bench.ensure(after, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.commandLineOf(after)).contains("-incoming");
    }

    @Test
    void poolWithoutRoomInItsMemory_saysSo() throws Exception {
        Map<String, String> poor = Map.of(
                "oriel.host.pool", "polite=2", "oriel.host.pool-memory", "1000000", "oriel.host.freeze-rest", "1s");
        on(poor, () -> {
            awaitInstant();
            assertThat(status().step()).contains("no memory left for warm clones");
            assertThat(status().poolReady()).isZero();
            VmSpec spec = spec(BootSector.POLITE);
            assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
            assertThat(bench.commandLineOf(spec)).contains("-incoming");
        });
    }

    @Test
    void guestThatNeverRests_isFrozenAsItIs_whenSomebodyAsksForThat() throws Exception {
        Map<String, String> restless =
                Map.of("oriel.host.pool", "polite=0", "oriel.host.freeze-rest", "10m", "oriel.host.freeze-limit", "2s");
        on(restless, () -> {
            await().atMost(FREEZE)
                    .untilAsserted(() -> assertThat(status().step().orElse(""))
                            .startsWith("it cannot be frozen: the guest does not come to rest"));

            bench.host().freezeTemplate(new TemplateName("polite"));

            await().atMost(FREEZE).until(() -> status().instant());
            VmSpec spec = spec(BootSector.POLITE);
            assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
            assertThat(bench.commandLineOf(spec)).contains("-incoming");
            assertThatThrownBy(() -> bench.host().freezeTemplate(new TemplateName("blank")))
                    .isInstanceOf(OrielException.class);
        });
    }

    private TemplateStatus status() {
        return bench.host().templates().stream()
                .filter(status -> status.name().value().equals("polite"))
                .findFirst()
                .orElseThrow();
    }

    /** One that is gone after the test. */
    private VmSpec spec(BootSector sector) {
        VmSpec spec = HostBench.spec(sector);
        made.add(spec);
        return spec;
    }

    private interface Body {
        void run() throws Exception;
    }

    /** On a host of its own, of which nothing stays. */
    private void on(Map<String, String> settings, Body body) throws Exception {
        HostBench shared = bench;
        bench = benchWith(settings);
        try {
            body.run();
            deleteVms();
        } finally {
            made.clear();
            bench.host().stopGuests(Duration.ofSeconds(20));
            bench.close();
            bench = shared;
        }
    }

    private List<Path> warmInstances() throws IOException {
        try (Stream<Path> found = Files.list(bench.data().resolve("run/instance"))) {
            return found.filter(instance -> Files.exists(instance.resolve("pool.json")))
                    .toList();
        }
    }

    private static VmSpec larger(VmSpec of, int more) {
        Bytes memory = Bytes.ofMiB(of.memory().toMiB() + more * 32L);
        Bytes disk = Bytes.ofMiB(of.disk().toMiB() + more);
        return new VmSpec(of.id(), of.owner(), of.template(), of.cpus() + more, memory, disk, of.iso());
    }

    private void awaitInstant() {
        await().atMost(FREEZE)
                .until(() -> bench.host().templates().stream()
                                .filter(TemplateStatus::instant)
                                .count()
                        == BootSector.values().length);
    }

    private void awaitPool(int clones) {
        awaitInstant();
        await().atMost(FREEZE)
                .untilAsserted(() -> assertThat(status().poolReady())
                        .as("%s", status().step())
                        .isEqualTo(clones));
    }

    /** A file of the state that is named in {@code record}. */
    private Path frozenFile(Path record, String name) throws IOException {
        Matcher key = Pattern.compile("(?:instant/|\"key\":\")([0-9a-f]{32})").matcher(Files.readString(record));
        assertThat(key.find()).as("%s names a frozen state", record).isTrue();
        return bench.data().resolve("vms/instant").resolve(key.group(1)).resolve(name);
    }

    private Path frozenMemory(Path record) throws IOException {
        String pid = Files.readString(frozenFile(record, "holder")).split(" ")[0];
        return Path.of("/proc", pid, "fd", "9");
    }

    /** Everything that clones of the same state share. */
    private String frozenDigests(Path record) throws Exception {
        return digestOf(frozenFile(record, "ram"))
                + digestOf(frozenMemory(record))
                + digestOf(frozenFile(record, "state"))
                + digestOf(frozenFile(record, "disk.qcow2"));
    }

    private static String digestOf(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    private Path console(VmSpec spec) {
        return bench.sockets().resolve("vnc").resolve(spec.id().toString());
    }

    private String screenOf(VmSpec spec) {
        return HexFormat.of().formatHex(bench.host().screenshot(spec.id()));
    }

    /** Every picture of the next second and a half: the cursor of a text screen blinks. */
    private Set<String> picturesOf(VmSpec spec) {
        Set<String> pictures = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            pictures.add(screenOf(spec));
            await().pollDelay(Duration.ofMillis(150)).until(() -> true);
        }
        return pictures;
    }

    private static long pidIn(Path instance) {
        try {
            return Long.parseLong(Files.readString(instance.resolve("pid")).strip());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean isInBackground(long pid) {
        return GuestProcess.of(pid)
                .flatMap(Precedence::of)
                .filter(Precedence.BACKGROUND::equals)
                .isPresent();
    }

    private static boolean isGuest(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
                    .contains("guest=oriel-");
        } catch (IOException e) {
            return false;
        }
    }

    /** Names of instances in the pool, and of those on their way into it. */
    private List<String> waiting() {
        try (Stream<Path> found = Files.list(bench.data().resolve("run/instance"))) {
            return found.filter(directory -> !Files.exists(directory.resolve("spec.json")))
                    .map(directory -> directory.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private List<String> leftovers() throws IOException {
        return bench.leftovers().stream()
                .filter(file -> !file.startsWith("d/vms/instant/"))
                .filter(file -> waiting().stream().noneMatch(file::contains))
                .toList();
    }
}
