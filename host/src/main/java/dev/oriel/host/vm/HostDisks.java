package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskFiles;
import dev.oriel.host.disk.DiskRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The disks of all VMs of one host: snapshots, what they take, and whether there is room for more. Thread-safe. */
final class HostDisks {
    /** A guest agent that holds still and QEMU's own work fit in; see {@link LiveDisk}. */
    private static final Duration SNAPSHOT = Duration.ofSeconds(20);

    private static final Duration DROP = Duration.ofSeconds(20);

    private final Path data;
    private final Bytes lowWater;
    private final Map<VmId, VmDriver> drivers;

    /**
     * @param lowWater when less is free, nothing new is begun: what is left belongs to the guests that run
     * @param drivers those of the host, changed by it
     */
    HostDisks(Path data, Bytes lowWater, Map<VmId, VmDriver> drivers) {
        this.data = data;
        this.lowWater = lowWater;
        this.drivers = drivers;
    }

    SnapshotStatus take(VmId vm, SnapshotId snapshot) {
        VmDriver driver = driverOf(vm);
        return driver.call(() -> take(driver, snapshot), SNAPSHOT);
    }

    void drop(VmId vm, SnapshotId snapshot) {
        VmDriver driver = drivers.get(vm);
        if (driver != null) {
            driver.call(
                    () -> {
                        driver.disk().drop(snapshot);
                        return snapshot;
                    },
                    DROP);
        }
    }

    DiskUsage of(VmId vm) {
        VmDriver driver = driverOf(vm);
        return usageOf(vm, driver).orElse(new DiskUsage(vm, new Bytes(0), List.of()));
    }

    List<DiskUsage> all() {
        return drivers.entrySet().stream()
                .flatMap(entry -> usageOf(entry.getKey(), entry.getValue()).stream())
                .toList();
    }

    Bytes free() {
        // Not Files.getFileStore: that searches the list of mounts, which a container or chroot need not have.
        return new Bytes(data.toFile().getUsableSpace());
    }

    /** Whether the low-water mark is reached. */
    boolean isLow() {
        return free().compareTo(lowWater) < 0;
    }

    /** @throws OrielException {@code INSUFFICIENT_STORAGE} below the low-water mark */
    void requireRoom() {
        if (isLow()) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "this host's disk is almost full");
        }
    }

    private SnapshotStatus take(VmDriver driver, SnapshotId snapshot) throws InterruptedException {
        InstanceRecord now = driver.record();
        boolean runs = now.phase() == VmPhase.RUNNING && driver.guest().isPresent();
        boolean rests = (now.phase() == VmPhase.STOPPED || now.phase() == VmPhase.FAILED)
                && driver.guest().isEmpty();
        if (!runs && !rests) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "a snapshot is of a VM that runs or rests");
        }
        requireRoom();
        return driver.disk().take(now, snapshot, runs ? driver.liveDisk() : Optional.empty());
    }

    private VmDriver driverOf(VmId vm) {
        return Optional.ofNullable(drivers.get(vm))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such VM"));
    }

    private Optional<DiskUsage> usageOf(VmId vm, VmDriver driver) {
        try {
            Optional<DiskChain> chain = new DiskRecord(driver.directory().path()).read();
            return chain.map(found -> DiskFiles.usageOf(vm, found));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
