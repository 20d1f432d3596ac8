package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.Program;
import dev.oriel.host.rfb.FirstFrame;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** VMs on real QEMU, from wish to nothing left. */
@ExtendWith(FreshBench.class)
class QemuHostIT {
    private final HostBench bench;

    QemuHostIT(HostBench bench) {
        this.bench = bench;
    }

    @Test
    void create_runsGuest_andItsConsoleShowsPicture() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);

        VmObservation seen = bench.ensure(spec, VmGoal.RUNNING, 1);

        assertThat(seen.phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(seen.settled()).isTrue();
        assertThat(seen.bootMillis())
                .hasValueSatisfying(millis -> assertThat(millis).isBetween(1L, 30_000L));
        assertThat(seen.startedAt()).isPresent();
        FirstFrame frame = FirstFrame.await(
                bench.sockets().resolve("vnc").resolve(spec.id().toString()), HostBench.WAIT);
        assertThat(frame.bytes()).isEqualTo(4L * frame.width() * frame.height()).isPositive();
        assertThat(bench.host().screenshot(spec.id())).startsWith(0x89, 'P', 'N', 'G');
        assertThat(bench.commandLineOf(spec))
                .doesNotContain(spec.id().toString() + " ")
                .contains("-sandbox");
        assertThat(bench.host().info().vms()).isEqualTo(1);
    }

    @Test
    void repeat_changesNothing() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        VmObservation first = bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);

        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1)).isEqualTo(first);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 2).settled()).isTrue();
        assertThat(bench.pidOf(spec)).isEqualTo(pid);
        assertThat(bench.processes()).containsExactly(pid);
    }

    @Test
    void stop_asksGuest_whichPowersItselfOff() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);

        VmObservation seen = bench.ensure(spec, VmGoal.STOPPED, 2);

        assertThat(seen.phase()).isEqualTo(VmPhase.STOPPED);
        assertThat(seen.settled()).isTrue();
        assertThat(seen.reason()).isEmpty();
        assertThat(bench.processes()).isEmpty();
        assertThat(bench.leftovers()).noneMatch(file -> file.startsWith("s/")).noneMatch(file -> file.endsWith("/pid"));
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void stop_forcesGuestThatDoesNotListen_afterGrace() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long begun = System.nanoTime();

        assertThat(bench.ensure(spec, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);

        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(10));
        assertThat(bench.processes()).isEmpty();
    }

    @Test
    void force_doesNotWaitForGrace() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        bench.host().ensure(new VmAssignment(spec, VmGoal.STOPPED, false, 2), Duration.ZERO);
        long begun = System.nanoTime();

        assertThat(bench.force(spec, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void guestThatPowersItselfOff_isStopped() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long seen = bench.host().changes(0, Duration.ZERO).next();

        Path console = bench.sockets().resolve("vnc").resolve(spec.id().toString());
        await().atMost(HostBench.WAIT).pollInterval(Duration.ofMillis(200)).until(() -> {
            if (Files.exists(console)) {
                Vnc.press(console, 'q');
            }
            return bench.host().observe(spec.id()).orElseThrow().phase() == VmPhase.STOPPED;
        });

        VmObservation stopped = bench.host().observe(spec.id()).orElseThrow();
        assertThat(stopped.settled()).isTrue();
        assertThat(stopped.endedByHost()).isFalse();
        VmChanges changes = bench.host().changes(seen, HostBench.WAIT);
        assertThat(changes.complete()).isFalse();
        assertThat(changes.vms()).containsExactly(stopped);
        assertThat(bench.processes()).isEmpty();
    }

    @Test
    void killedProcess_isSeenAsFailed_andStartsAgainOnNewAssignment() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        Path disk = bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".qcow2");

        ProcessHandle.of(bench.pidOf(spec)).orElseThrow().destroyForcibly();

        await().atMost(Duration.ofSeconds(3))
                .until(() -> bench.host().observe(spec.id()).orElseThrow().phase() == VmPhase.FAILED);
        VmObservation failed = bench.host().observe(spec.id()).orElseThrow();
        assertThat(failed.settled()).isTrue();
        assertThat(failed.reason())
                .hasValueSatisfying(reason ->
                        assertThat(reason).contains("ended unexpectedly").doesNotContain("/"));
        assertThat(bench.leftovers()).noneMatch(file -> file.startsWith("s/"));
        assertThat(disk).exists();
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.FAILED);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 2).phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void restart_powersTheGuestDown_andStartsAnotherProcess_onTheSameDisk() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);
        Path disk = bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".qcow2");
        Object inode = Files.getAttribute(disk, "unix:ino");

        VmObservation seen = bench.host()
                .ensure(
                        new VmAssignment(spec, VmGoal.RUNNING, false, 2).after(Optional.of(2L), Optional.empty()),
                        HostBench.WAIT);

        assertThat(seen.phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(seen.generation()).isEqualTo(2);
        assertThat(bench.pidOf(spec)).isNotEqualTo(pid);
        assertThat(bench.processes()).containsExactly(bench.pidOf(spec));
        assertThat(Files.getAttribute(disk, "unix:ino")).isEqualTo(inode);
        bench.restart();
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 3).startedAt()).isEqualTo(seen.startedAt());
    }

    @Test
    void panickedGuest_isSeen_keepsItsScreen_andIsWellAfterAReset() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.FRAIL);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);

        await().atMost(HostBench.WAIT).pollInterval(Duration.ofMillis(200)).until(() -> {
            Vnc.press(bench.sockets().resolve("vnc").resolve(spec.id().toString()), 'q');
            return bench.host().observe(spec.id()).orElseThrow().panicked();
        });
        assertThat(bench.host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.host().screenshot(spec.id())).isNotEmpty();

        VmObservation reset = bench.host()
                .ensure(
                        new VmAssignment(spec, VmGoal.RUNNING, false, 2).after(Optional.empty(), Optional.of(2L)),
                        HostBench.WAIT);

        assertThat(reset.settled()).isTrue();
        assertThat(reset.reason()).isEmpty();
        assertThat(bench.pidOf(spec)).isEqualTo(pid);
        // It reads its disk and listens to keys again: it can crash once more.
        await().atMost(HostBench.WAIT).pollInterval(Duration.ofMillis(200)).until(() -> {
            Vnc.press(bench.sockets().resolve("vnc").resolve(spec.id().toString()), 'q');
            return bench.host().observe(spec.id()).orElseThrow().panicked();
        });
    }

    @Test
    void moreHardware_countsFromTheNextStart() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        bench.ensure(spec, VmGoal.STOPPED, 2);
        VmSpec larger = new VmSpec(
                spec.id(), spec.owner(), spec.template(), 2, Bytes.ofMiB(48), Bytes.ofMiB(128), Optional.empty());

        assertThat(bench.ensure(larger, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);

        assertThat(bench.commandLineOf(spec)).contains("cpus=2", "size=48M");
        Path disk = bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".qcow2");
        assertThat(dev.oriel.host.disk.Qcow2Header.read(disk).virtualSize()).isEqualTo(Bytes.ofMiB(128));
        bench.ensure(spec, VmGoal.STOPPED, 4);
        bench.ensure(spec, VmGoal.RUNNING, 5);
        assertThat(dev.oriel.host.disk.Qcow2Header.read(disk).virtualSize()).isEqualTo(Bytes.ofMiB(128));
    }

    @Test
    void delete_leavesNothing_andIsFinal() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.STUBBORN);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long seen = bench.host().changes(0, Duration.ZERO).next();

        VmObservation gone = bench.ensure(spec, VmGoal.DELETED, 5);

        assertThat(gone.phase()).isEqualTo(VmPhase.GONE);
        assertThat(gone.settled()).isTrue();
        assertThat(bench.host().observe(spec.id())).isEmpty();
        assertThat(bench.host().changes(seen, Duration.ZERO).vms()).contains(gone);
        assertThat(bench.host().changes(0, Duration.ZERO).vms()).isEmpty();
        assertThat(bench.processes()).isEmpty();
        assertThat(bench.leftovers()).isEmpty();
        assertThat(bench.ensure(spec, VmGoal.DELETED, 5).phase()).isEqualTo(VmPhase.GONE);
        bench.restart();
        assertThatThrownBy(() -> bench.ensure(spec, VmGoal.RUNNING, 4)).satisfies(is(ErrorCode.STALE_GENERATION));
    }

    @Test
    void staleGeneration_isRefused_alsoAfterRestart() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 7);

        assertThatThrownBy(() -> bench.ensure(spec, VmGoal.STOPPED, 6)).satisfies(is(ErrorCode.STALE_GENERATION));
        bench.restart();
        assertThatThrownBy(() -> bench.ensure(spec, VmGoal.STOPPED, 6)).satisfies(is(ErrorCode.STALE_GENERATION));
        assertThat(bench.host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
    }

    @Test
    void silentProcess_isReported_andStoppedInTime() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);
        signal(pid, "STOP");
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        bench.host().observe(spec.id()).orElseThrow().reason().isPresent());
        long begun = System.nanoTime();

        assertThat(bench.ensure(spec, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
        assertThat(bench.processes()).isEmpty();
    }

    @Test
    void silentProcess_thatSpeaksAgain_isWellAgain() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        signal(bench.pidOf(spec), "STOP");
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        bench.host().observe(spec.id()).orElseThrow().reason().isPresent());

        signal(bench.pidOf(spec), "CONT");

        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        bench.host().observe(spec.id()).orElseThrow().reason().isEmpty());
    }

    @Test
    void unknownAndUnbuiltTemplates_andFullHost_areRefused() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        assertThatThrownBy(() -> bench.ensure(with(spec, "nosuch"), VmGoal.RUNNING, 1))
                .satisfies(is(ErrorCode.UNKNOWN_TEMPLATE));
        assertThatThrownBy(() -> bench.ensure(with(spec, "late"), VmGoal.RUNNING, 1))
                .satisfies(is(ErrorCode.TEMPLATE_NOT_READY));
        for (int i = 0; i < 3; i++) {
            bench.host()
                    .ensure(
                            new VmAssignment(HostBench.spec(BootSector.POLITE), VmGoal.RUNNING, false, 1),
                            Duration.ZERO);
        }
        assertThatThrownBy(() -> bench.ensure(spec, VmGoal.RUNNING, 1)).satisfies(is(ErrorCode.NO_CAPACITY));
    }

    @Test
    void stopWhileStarting_endsTheStart() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.STUBBORN);
        bench.host().ensure(new VmAssignment(spec, VmGoal.RUNNING, false, 1), Duration.ZERO);

        assertThat(bench.ensure(spec, VmGoal.STOPPED, 2).phase()).isEqualTo(VmPhase.STOPPED);

        assertThat(bench.processes()).isEmpty();
    }

    @Test
    void disc_isChecked_usedByAnEmptyVm_andKeptWhileInUse() throws Exception {
        byte[] disc = new byte[1 << 20];
        new java.util.Random(1).nextBytes(disc);
        ImageDigest digest = new ImageDigest(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(disc)));
        VmSpec spec = new VmSpec(
                VmId.random(),
                UserId.random(),
                new TemplateName("blank"),
                1,
                Bytes.ofMiB(32),
                Bytes.ofMiB(64),
                Optional.of(digest));
        assertThatThrownBy(() -> bench.ensure(spec, VmGoal.RUNNING, 1)).satisfies(is(ErrorCode.NOT_FOUND));
        assertThatThrownBy(() -> put(digest, disc.length, new byte[1 << 20])).satisfies(is(ErrorCode.BAD_REQUEST));
        assertThatThrownBy(() -> put(digest, disc.length - 1, disc)).satisfies(is(ErrorCode.BAD_REQUEST));
        assertThat(bench.host().hasImage(digest)).isFalse();
        assertThat(bench.leftovers()).isEmpty();

        put(digest, disc.length, disc);

        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        assertThatThrownBy(() -> bench.host().dropImage(digest)).satisfies(is(ErrorCode.STATE_CONFLICT));
        bench.ensure(spec, VmGoal.DELETED, 2);
        bench.host().dropImage(digest);
        assertThat(bench.leftovers()).isEmpty();
    }

    @Test
    void userData_areASecondDisc_thatCloudInitKnows() throws Exception {
        byte[] data = "#cloud-config\npassword: Grüße\n".getBytes(StandardCharsets.UTF_8);
        ImageDigest digest = new ImageDigest(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data)));
        VmSpec spec = HostBench.spec(BootSector.POLITE).booting(Optional.of(digest), Optional.empty());
        put(digest, data.length, data);

        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);

        Path seed = bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".seed");
        assertThat(bench.commandLineOf(spec)).contains(seed.toString(), "ide.1");
        assertThat(Files.getPosixFilePermissions(seed)).containsExactly(PosixFilePermission.OWNER_READ);
        Path out = bench.data().resolve("seed-read-back");
        assertThat(Program.need("xorriso")
                        .run(
                                List.of(
                                        "-osirrox",
                                        "on",
                                        "-indev",
                                        "stdio:" + seed,
                                        "-pvd_info",
                                        "-extract",
                                        "/",
                                        out.toString()),
                                HostBench.WAIT)
                        .output())
                .contains("Volume Id    : CIDATA");
        assertThat(out.resolve("user-data")).hasBinaryContent(data);
        assertThat(out.resolve("meta-data")).content().contains("instance-id: " + spec.id());
        for (String file : List.of("user-data", "meta-data", "")) {
            Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwx------"));
            Files.delete(out.resolve(file));
        }
        bench.ensure(spec, VmGoal.DELETED, 2);
        assertThat(bench.leftovers()).isEmpty();
    }

    @Test
    void uefi_showsItsPicture_andKeepsItsMemoryOverAStop() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE).booting(Optional.empty(), Optional.of(Firmware.UEFI));

        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);

        Path memory = bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".uefi");
        assertThat(bench.commandLineOf(spec)).contains("pflash0=uefi-code", memory.toString());
        Object inode = Files.getAttribute(memory, "unix:ino");
        bench.force(spec, VmGoal.STOPPED, 2);
        VmSpec otherwise = spec.booting(Optional.empty(), Optional.of(Firmware.BIOS));
        bench.ensure(otherwise, VmGoal.RUNNING, 3);
        assertThat(bench.commandLineOf(spec)).contains("pflash0=uefi-code");
        assertThat(Files.getAttribute(memory, "unix:ino")).isEqualTo(inode);
        bench.ensure(spec, VmGoal.DELETED, 4);
        assertThat(bench.leftovers()).isEmpty();
    }

    @Test
    void missingBase_failsThatVm_withAReason_andNoOther() throws Exception {
        VmSpec broken = HostBench.spec(BootSector.STUBBORN);
        VmSpec fine = HostBench.spec(BootSector.POLITE);
        bench.removeBaseOf(BootSector.STUBBORN);

        VmObservation failed = bench.ensure(broken, VmGoal.RUNNING, 1);

        assertThat(failed.phase()).isEqualTo(VmPhase.FAILED);
        assertThat(failed.reason().orElseThrow()).contains("base image").doesNotContain("/");
        assertThat(bench.ensure(fine, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.ensure(broken, VmGoal.DELETED, 2).phase()).isEqualTo(VmPhase.GONE);
    }

    private void put(ImageDigest digest, long size, byte[] content) {
        bench.host().putImage(digest, new Bytes(size), new ByteArrayInputStream(content));
    }

    @Test
    void info_tellsWhatRunsHere() {
        HostInfo info = bench.host().info();

        assertThat(info.qemuVersion()).matches("\\d+\\.\\d+.*");
        assertThat(info.accelerator()).isIn("kvm", "tcg");
        assertThat(info.memoryFree().value())
                .isPositive()
                .isLessThan(info.memory().value());
        assertThat(info.maxVms()).isEqualTo(3);
    }

    private static VmSpec with(VmSpec spec, String template) {
        return new VmSpec(
                spec.id(), spec.owner(), new TemplateName(template), 1, Bytes.ofMiB(32), Bytes.ofMiB(64), spec.iso());
    }

    static void signal(long pid, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    static java.util.function.Consumer<Throwable> is(ErrorCode code) {
        return thrown -> assertThat(((OrielException) thrown).code()).isEqualTo(code);
    }
}
