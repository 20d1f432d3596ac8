package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.host.qmp.QmpException;
import java.time.Duration;

/**
 * A snapshot of a running VM with what its guest remembers: the guest runs on, and whoever is restored to it, or made
 * from it, goes on from the same instant. Used on the driver's thread.
 */
final class LiveSnapshot {
    private static final Duration QUICK = Duration.ofSeconds(5);

    private final VmDriver driver;
    private final LiveDisk disk;

    LiveSnapshot(VmDriver driver, LiveDisk disk) {
        this.driver = driver;
        this.disk = disk;
    }

    SnapshotStatus take(InstanceRecord now, SnapshotId snapshot) throws InterruptedException {
        Guest guest = driver.guest()
                .orElseThrow(() -> new OrielException(ErrorCode.STATE_CONFLICT, "this VM has no process"));
        try {
            guest.connect(driver.directory().socketPaths().qmp(), now.machine(), QUICK);
        } catch (QmpException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "the VM's process does not answer", e);
        }
        return driver.disk()
                .takeLive(
                        now,
                        snapshot,
                        disk,
                        (file, meanwhile) -> driver.suspension().keep(guest, now, file, meanwhile));
    }
}
