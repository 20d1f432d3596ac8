package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What can be asked of the VMs of a simulated host, and done to them. Thread-safe. */
final class SimulatedFleet implements AutoCloseable {
    private static final Duration STUCK_VIEWERS = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofMillis(100);

    private final int maxVms;
    private final HostScript script;
    private final Clock clock;
    private final SimulatedVms vms = new SimulatedVms();
    private final SimulatedMoves moves;
    private boolean looking;

    /** @param forget told what is gone for good */
    SimulatedFleet(Path consoles, int maxVms, HostScript script, Clock clock, Consumer<VmSpec> forget) {
        this.maxVms = maxVms;
        this.script = script;
        this.clock = clock;
        this.moves = new SimulatedMoves(vms, consoles, script, clock, forget);
        vms.every(STUCK_VIEWERS, this::dropStuckViewers);
    }

    VmObservation ensure(VmAssignment assignment, Duration wait) {
        VmId id = assignment.spec().id();
        return vms.locked(() -> {
            accept(assignment);
            vms.await(
                    id, wait, () -> vms.observed(id).map(VmObservation::settled).orElse(true));
            return vms.observed(id).orElseThrow(() -> new IllegalStateException("an assigned VM is always known"));
        });
    }

    Optional<VmObservation> observe(VmId id) {
        return vms.locked(() -> vms.find(id).map(SimulatedVm::observation));
    }

    VmChanges changes(long since, Duration wait) {
        return vms.locked(() -> vms.changesAfter(since, wait));
    }

    byte[] screenshot(VmId id) {
        VncTestServer console = vms.locked(() -> vms.find(id)
                .flatMap(SimulatedVm::console)
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this VM has no process")));
        return console.png();
    }

    SnapshotStatus takeSnapshot(VmId id, SnapshotId snapshot, boolean live) {
        return vms.locked(() -> vms.find(id)
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such VM"))
                .take(snapshot, clock.instant(), live));
    }

    /** Size of the VM's disk at this snapshot. */
    Bytes sizeAt(VmId id, SnapshotId snapshot) {
        return vms.locked(() -> vms.find(id)
                .flatMap(SimulatedVm::disk)
                .flatMap(disk -> disk.sizeAt(snapshot))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such snapshot")));
    }

    void dropSnapshot(VmId id, SnapshotId snapshot) {
        vms.locked(() -> vms.find(id).flatMap(SimulatedVm::disk).ifPresent(disk -> disk.drop(snapshot)));
    }

    Optional<DiskUsage> disk(VmId id) {
        return vms.locked(() -> vms.find(id).map(SimulatedVm::usage));
    }

    List<DiskUsage> disks() {
        return vms.locked(() -> vms.all().stream().map(SimulatedVm::usage).toList());
    }

    void kill(VmId id) {
        withRunning(id, vm -> {
            vm.endProcess();
            vm.fail("its process ended unexpectedly");
        });
    }

    void powerOff(VmId id) {
        withRunning(id, vm -> {
            vm.endProcess();
            vm.enter(VmPhase.STOPPED, true);
        });
    }

    void panic(VmId id) {
        withRunning(id, vm -> vm.explain(VmObservation.GUEST_PANICKED));
    }

    /** Powers all down within {@code limit}; a guest that takes longer is forced. */
    void stopAll(Duration limit) {
        Duration delay = script.stopDelay();
        vms.locked(() -> {
            vms.await(delay.compareTo(limit) < 0 ? delay : limit, () -> processes() == 0);
            vms.all().stream().filter(SimulatedVm::hasProcess).forEach(vm -> {
                vm.nextPlan();
                vm.endProcess();
                vm.enter(VmPhase.STOPPED, true);
                vm.explain(VmObservation.HOST_SHUTDOWN);
                vms.changed(vm);
            });
        });
    }

    int processes() {
        return (int) counted(SimulatedVm::hasProcess);
    }

    Bytes memoryInUse() {
        return vms.locked(() -> new Bytes(vms.all().stream()
                .filter(SimulatedVm::hasProcess)
                .mapToLong(vm -> vm.assignment().spec().memory().value())
                .sum()));
    }

    boolean uses(ImageDigest digest) {
        return counted(vm -> vm.assignment().spec().images().contains(digest)) > 0;
    }

    boolean uses(TemplateName template) {
        return counted(vm -> vm.assignment().spec().template().equals(template)) > 0;
    }

    @Override
    public void close() {
        vms.close();
    }

    private void accept(VmAssignment assignment) {
        VmId id = assignment.spec().id();
        long seen = vms.generation(id);
        if (assignment.generation() < seen) {
            throw new OrielException(ErrorCode.STALE_GENERATION, "this host has seen a newer assignment");
        }
        if (assignment.generation() == seen) {
            return;
        }
        boolean runs = vms.find(id).filter(SimulatedVm::hasProcess).isPresent();
        if (assignment.goal() == VmGoal.RUNNING && !runs) {
            if (processes() >= maxVms) {
                throw new OrielException(ErrorCode.NO_CAPACITY, "this host runs as many VMs as it may");
            }
            script.requireDisk();
        }
        SimulatedVm vm = vms.known(assignment);
        vm.assign(assignment);
        if (assignment.pauseUnwatched().isPresent() && !looking) {
            looking = true;
            vms.soon(LOOK, this::lookWhoWatches);
        }
        vms.changed(vm);
        moves.pursue(vm);
    }

    private void withRunning(VmId id, Consumer<SimulatedVm> change) {
        vms.locked(() -> vms.find(id).filter(SimulatedVm::hasProcess).ifPresent(vm -> {
            vm.nextPlan();
            change.accept(vm);
            vms.changed(vm);
        }));
    }

    private long counted(Predicate<SimulatedVm> which) {
        return vms.locked(() -> vms.all().stream().filter(which).count());
    }

    /** Again and again, as long as there is a VM that somebody's looking makes a difference to. */
    private void lookWhoWatches() {
        vms.all().stream().filter(vm -> vm.pause().look(vm)).toList().forEach(vms::changed);
        looking = vms.all().stream().anyMatch(SimulatedVm::mindsWhoWatches);
        if (looking) {
            vms.soon(LOOK, this::lookWhoWatches);
        }
    }

    private void dropStuckViewers() {
        List<VncTestServer> open = vms.locked(
                () -> vms.all().stream().flatMap(vm -> vm.console().stream()).toList());
        open.forEach(VncTestServer::dropStuck);
    }
}
