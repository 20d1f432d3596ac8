package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskExports;
import dev.oriel.host.disk.DiskFiles;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.DiskRecord;
import dev.oriel.host.instant.SavedMemory;
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

    /** While a layer below is merged away, which takes as long as it is large, a disk cannot be opened for some moments. */
    private static final Duration READABLE = Duration.ofSeconds(20);

    private static final Duration AGAIN = Duration.ofSeconds(1);

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

    SnapshotStatus take(VmId vm, SnapshotId snapshot, boolean withMemory) {
        VmDriver driver = driverOf(vm);
        return driver.call(() -> take(driver, snapshot, withMemory), SNAPSHOT);
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

    /** As {@link dev.oriel.core.host.HostApi#openSnapshot}. The VM goes its own way meanwhile, so it is looked at again. */
    SnapshotImage open(VmId vm, SnapshotId snapshot, DiskExports exports) throws InterruptedException {
        VmDriver driver = driverOf(vm);
        DiskRecord record = new DiskRecord(driver.directory().path());
        requireRoom();
        long end = System.nanoTime() + READABLE.toNanos();
        while (true) {
            try {
                DiskChain chain = record.read().orElseThrow(HostDisks::noSnapshot);
                DiskLayer kept = chain.snapshot(snapshot).orElseThrow(HostDisks::noSnapshot);
                Bytes most = DiskFiles.sizeOf(chain, kept);
                if (free().value() - most.value() < lowWater.value()) {
                    throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "this host has no room for a copy");
                }
                return exports.of(chain.linksTo(kept.id()));
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw new OrielException(ErrorCode.UNAVAILABLE, "the disk cannot be read just now", e);
                }
                boolean _ = driver.attention().await(AGAIN, () -> false);
            }
        }
    }

    private static OrielException noSnapshot() {
        return new OrielException(ErrorCode.NOT_FOUND, "this VM has no such snapshot");
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

    private SnapshotStatus take(VmDriver driver, SnapshotId snapshot, boolean withMemory) throws InterruptedException {
        InstanceRecord now = driver.record();
        boolean runs = now.phase() == VmPhase.RUNNING && driver.guest().isPresent();
        boolean rests = (now.phase() == VmPhase.STOPPED || now.phase() == VmPhase.FAILED)
                && driver.guest().isEmpty();
        if (!runs && !rests) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "a snapshot is of a VM that runs or rests");
        }
        requireRoom();
        if (withMemory) {
            LiveDisk live = driver.liveDisk()
                    .filter(_ -> runs)
                    .orElseThrow(() ->
                            new OrielException(ErrorCode.STATE_CONFLICT, "only a VM that runs remembers something"));
            return new LiveSnapshot(driver, live).take(now, snapshot);
        }
        return driver.disk().take(now, snapshot, runs ? driver.liveDisk() : Optional.empty());
    }

    private VmDriver driverOf(VmId vm) {
        return Optional.ofNullable(drivers.get(vm))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such VM"));
    }

    private Optional<DiskUsage> usageOf(VmId vm, VmDriver driver) {
        try {
            Optional<DiskChain> chain = new DiskRecord(driver.directory().path()).read();
            Bytes memory = new SavedMemory(driver.directory().path()).size();
            return chain.map(found -> DiskFiles.usageOf(vm, found))
                    .map(usage ->
                            new DiskUsage(vm, new Bytes(usage.used().value() + memory.value()), usage.snapshots()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
