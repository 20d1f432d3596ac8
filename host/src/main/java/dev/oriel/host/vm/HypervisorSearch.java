package dev.oriel.host.vm;

import dev.oriel.host.qemu.Accelerator;
import dev.oriel.host.qemu.Accelerators;
import dev.oriel.host.qemu.Confinement;
import dev.oriel.host.qemu.ControlGroups;
import dev.oriel.host.qemu.Egress;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.qemu.QemuBinary;
import dev.oriel.host.qemu.QemuLauncher;
import dev.oriel.host.qemu.Sandbox;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Finds out in the background what guests run on here; guest code has to run for that, which may take two seconds. */
final class HypervisorSearch {
    private static final Logger LOG = System.getLogger(HypervisorSearch.class.getName());
    private static final Duration END = Duration.ofSeconds(3);

    private final CompletableFuture<Hypervisor> found = new CompletableFuture<>();
    private final Thread thread;

    /**
     * @param scratch a directory for a file that a probe boots from
     * @param disks directory of everything that guests' disks consist of
     * @param groups the host's control groups
     * @param egress the way out for guests that may have one
     */
    HypervisorSearch(Path scratch, Path disks, ControlGroups groups, Egress egress) {
        this.thread =
                Thread.ofVirtual().name("hypervisor-probe").unstarted(() -> search(scratch, disks, groups, egress));
    }

    /** What was found, once it is. */
    CompletableFuture<Hypervisor> found() {
        return found;
    }

    void start() {
        thread.start();
    }

    /** Gives up. */
    void stop() throws InterruptedException {
        thread.interrupt();
        boolean _ = thread.join(END);
    }

    private void search(Path scratch, Path disks, ControlGroups groups, Egress egress) {
        try {
            QemuBinary qemu = QemuBinary.probe();
            Accelerator accelerator = Accelerators.detect(qemu, scratch);
            LOG.log(Level.INFO, "QEMU {0}, {1}: {2}", qemu.version(), accelerator.kind(), accelerator.reason());
            Sandbox sandbox = Sandbox.detect();
            LOG.log(
                    sandbox.isThere() ? Level.INFO : Level.WARNING,
                    "VMs run {0}: {1}",
                    sandbox.isThere() ? "in sandboxes" : "WITHOUT sandboxes",
                    sandbox.reason());
            LOG.log(
                    groups.unlimited().isEmpty() ? Level.INFO : Level.WARNING,
                    "VMs run {0}: {1}",
                    groups.unlimited().isEmpty()
                            ? "with limits of their own"
                            : "WITHOUT limits of " + String.join(", ", groups.unlimited()),
                    groups.reason());
            found.complete(new Hypervisor(
                    qemu, accelerator, new QemuLauncher(qemu, new Confinement(sandbox, groups, egress), disks)));
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.ERROR, "QEMU does not work here", e);
            found.completeExceptionally(e);
        } catch (InterruptedException e) {
            found.completeExceptionally(e);
        }
    }
}
