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
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The VMs of a simulated host: one lock, one timer. Every planned step carries its plan's number and is dropped when
 * another plan overtook it. Thread-safe.
 */
final class SimulatedFleet implements AutoCloseable {
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 100;

    private final Path consoles;
    private final int maxVms;
    private final HostScript script;
    private final Clock clock;
    private final Consumer<VmSpec> forget;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<VmId, SimulatedVm> vms = new HashMap<>();
    private final ChangeLog log = new ChangeLog();
    private boolean looking;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("sim-host").factory());

    /** @param forget told what is gone for good */
    SimulatedFleet(Path consoles, int maxVms, HostScript script, Clock clock, Consumer<VmSpec> forget) {
        this.consoles = consoles;
        this.maxVms = maxVms;
        this.script = script;
        this.clock = clock;
        this.forget = forget;
        timer.setRemoveOnCancelPolicy(true);
        var _ = timer.scheduleWithFixedDelay(this::dropStuckViewers, 5, 5, TimeUnit.SECONDS);
    }

    VmObservation ensure(VmAssignment assignment, Duration wait) {
        VmId id = assignment.spec().id();
        lock.lock();
        try {
            accept(assignment);
            // A thousand may wait here, each for its own VM.
            Condition news =
                    Optional.ofNullable(vms.get(id)).map(SimulatedVm::news).orElse(changed);
            await(news, wait, () -> observed(id).map(VmObservation::settled).orElse(true));
            return observed(id).orElseThrow(() -> new IllegalStateException("an assigned VM is always known"));
        } finally {
            lock.unlock();
        }
    }

    Optional<VmObservation> observe(VmId id) {
        lock.lock();
        try {
            return Optional.ofNullable(vms.get(id)).map(SimulatedVm::observation);
        } finally {
            lock.unlock();
        }
    }

    VmChanges changes(long since, Duration wait) {
        lock.lock();
        try {
            await(changed, wait, () -> !log.isCurrent(since));
            return log.after(since, vms.values());
        } finally {
            lock.unlock();
        }
    }

    byte[] screenshot(VmId id) {
        VncTestServer console;
        lock.lock();
        try {
            console = Optional.ofNullable(vms.get(id))
                    .flatMap(SimulatedVm::console)
                    .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this VM has no process"));
        } finally {
            lock.unlock();
        }
        return console.png();
    }

    SnapshotStatus takeSnapshot(VmId id, SnapshotId snapshot, boolean live) {
        lock.lock();
        try {
            SimulatedVm vm = Optional.ofNullable(vms.get(id))
                    .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such VM"));
            return vm.take(snapshot, clock.instant(), live);
        } finally {
            lock.unlock();
        }
    }

    /** Size of the VM's disk at this snapshot. */
    Bytes sizeAt(VmId id, SnapshotId snapshot) {
        lock.lock();
        try {
            return Optional.ofNullable(vms.get(id))
                    .flatMap(SimulatedVm::disk)
                    .flatMap(disk -> disk.sizeAt(snapshot))
                    .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has no such snapshot"));
        } finally {
            lock.unlock();
        }
    }

    void dropSnapshot(VmId id, SnapshotId snapshot) {
        lock.lock();
        try {
            Optional.ofNullable(vms.get(id)).flatMap(SimulatedVm::disk).ifPresent(disk -> disk.drop(snapshot));
        } finally {
            lock.unlock();
        }
    }

    Optional<DiskUsage> disk(VmId id) {
        lock.lock();
        try {
            return Optional.ofNullable(vms.get(id)).map(SimulatedVm::usage);
        } finally {
            lock.unlock();
        }
    }

    List<DiskUsage> disks() {
        lock.lock();
        try {
            return vms.values().stream().map(SimulatedVm::usage).toList();
        } finally {
            lock.unlock();
        }
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
        lock.lock();
        try {
            Duration delay = script.stopDelay();
            await(changed, delay.compareTo(limit) < 0 ? delay : limit, () -> processes() == 0);
            vms.values().stream().filter(SimulatedVm::hasProcess).forEach(vm -> {
                vm.nextPlan();
                vm.endProcess();
                vm.enter(VmPhase.STOPPED, true);
                vm.explain(VmObservation.HOST_SHUTDOWN);
                noteChange(vm);
            });
        } finally {
            lock.unlock();
        }
    }

    int processes() {
        return (int) counted(SimulatedVm::hasProcess);
    }

    Bytes memoryInUse() {
        lock.lock();
        try {
            return new Bytes(vms.values().stream()
                    .filter(SimulatedVm::hasProcess)
                    .mapToLong(vm -> vm.assignment().spec().memory().value())
                    .sum());
        } finally {
            lock.unlock();
        }
    }

    boolean uses(ImageDigest digest) {
        return counted(vm -> vm.assignment().spec().images().contains(digest)) > 0;
    }

    boolean uses(TemplateName template) {
        return counted(vm -> vm.assignment().spec().template().equals(template)) > 0;
    }

    @Override
    public void close() {
        timer.shutdownNow();
        lock.lock();
        try {
            vms.values().forEach(SimulatedVm::endProcess);
        } finally {
            lock.unlock();
        }
    }

    private void accept(VmAssignment assignment) {
        VmId id = assignment.spec().id();
        SimulatedVm known = vms.get(id);
        long seen =
                known == null ? log.generationOfGone(id) : known.assignment().generation();
        if (assignment.generation() < seen) {
            throw new OrielException(ErrorCode.STALE_GENERATION, "this host has seen a newer assignment");
        }
        if (assignment.generation() == seen) {
            return;
        }
        if (assignment.goal() == VmGoal.RUNNING && !(known != null && known.hasProcess()) && processes() >= maxVms) {
            throw new OrielException(ErrorCode.NO_CAPACITY, "this host runs as many VMs as it may");
        }
        if (assignment.goal() == VmGoal.RUNNING && !(known != null && known.hasProcess())) {
            script.requireDisk();
        }
        SimulatedVm vm = vms.computeIfAbsent(id, _ -> new SimulatedVm(assignment, lock.newCondition()));
        log.back(id);
        vm.assign(assignment);
        if (assignment.pauseUnwatched().isPresent() && !looking) {
            looking = true;
            var _ = timer.schedule(this::lookWhoWatches, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        noteChange(vm);
        pursue(vm);
    }

    /** Takes the next step towards the VM's goal, when none is under way. */
    private void pursue(SimulatedVm vm) {
        switch (vm.assignment().goal()) {
            case RUNNING -> {
                switch (vm.phase()) {
                    case RUNNING -> renew(vm);
                    case STOPPED, FAILED, SUSPENDED -> boot(vm);
                    case STOPPING -> {
                        if (vm.assignment().force()) {
                            powerDown(vm);
                        }
                    }
                    default -> {} // on its way, or on its way down: finished() comes back here
                }
            }
            case STOPPED, DELETED -> {
                if (vm.hasProcess() || vm.phase() == VmPhase.PROVISIONING) {
                    powerDown(vm);
                } else {
                    finished(vm);
                }
            }
            case SUSPENDED -> suspend(vm);
        }
    }

    private void suspend(SimulatedVm vm) {
        switch (vm.phase()) {
            case RUNNING -> {
                vm.enter(VmPhase.SUSPENDING, false);
                noteChange(vm);
                after(script.stopDelay(), vm, vm.nextPlan(), () -> suspended(vm, VmPhase.SUSPENDED));
            }
            case SUSPENDED -> suspended(vm, VmPhase.SUSPENDED);
            case STOPPED, FAILED -> suspended(vm, VmPhase.STOPPED);
            default -> {} // on its way: firstFrame() and finished() come back here
        }
    }

    private void suspended(SimulatedVm vm, VmPhase phase) {
        vm.endProcess();
        vm.enter(phase, true);
        if (vm.assignment().goal() == VmGoal.SUSPENDED) {
            noteChange(vm);
        } else {
            pursue(vm);
        }
    }

    /** What runs is what is wanted, unless it is to be restarted or reset. */
    private void renew(SimulatedVm vm) {
        if (vm.wantsRestart()) {
            powerDown(vm);
            return;
        }
        if (vm.wantsReset()) {
            vm.reset();
        }
        settle(vm);
    }

    private void boot(SimulatedVm vm) {
        vm.starting();
        vm.enter(VmPhase.PROVISIONING, false);
        if (!makeDisk(vm)) {
            return;
        }
        noteChange(vm);
        Duration half = script.bootDelay().dividedBy(2);
        long plan = vm.nextPlan();
        after(half, vm, plan, () -> {
            vm.enter(VmPhase.STARTING, false);
            vm.openConsole(consoles);
            noteChange(vm);
            after(half, vm, plan, () -> firstFrame(vm));
        });
    }

    /** Makes the VM's disk, or takes it where it is wanted; false when it has failed at that. */
    private boolean makeDisk(SimulatedVm vm) {
        VmSpec spec = vm.assignment().spec();
        Optional<DiskSource> other = spec.source().filter(source -> !source.vm().equals(spec.id()));
        boolean there = vm.disk().isPresent()
                || other.isEmpty()
                || other.flatMap(source -> Optional.ofNullable(vms.get(source.vm()))
                                .flatMap(SimulatedVm::disk)
                                .filter(disk -> disk.has(source.snapshot())))
                        .isPresent();
        if (there && vm.makeDisk().restore(spec)) {
            return true;
        }
        vm.fail("its snapshot is gone");
        noteChange(vm);
        return false;
    }

    private void firstFrame(SimulatedVm vm) {
        if (script.nextBootHangs()) {
            return;
        }
        if (script.nextBootFails()) {
            vm.endProcess();
            vm.fail("the simulated boot failed as scripted");
        } else {
            vm.booted(clock.instant());
            if (vm.wantsRestart()) {
                powerDown(vm);
                return;
            }
            if (vm.assignment().goal() == VmGoal.SUSPENDED) {
                suspend(vm);
                return;
            }
        }
        noteChange(vm);
    }

    private void powerDown(SimulatedVm vm) {
        if (vm.phase() == VmPhase.STOPPING && !vm.assignment().force()) {
            return;
        }
        vm.enter(VmPhase.STOPPING, false);
        noteChange(vm);
        Duration delay = vm.assignment().force() ? Duration.ZERO : script.stopDelay();
        after(delay, vm, vm.nextPlan(), () -> finished(vm));
    }

    /** The VM has no process (any more): that is what was wanted, or the way to the next goal is free. */
    private void finished(SimulatedVm vm) {
        vm.endProcess();
        vm.enter(VmPhase.STOPPED, false);
        switch (vm.assignment().goal()) {
            case DELETED -> {
                vm.enter(VmPhase.GONE, true);
                vms.remove(vm.assignment().spec().id());
                log.gone(vm);
                forget.accept(vm.assignment().spec());
                changed.signalAll();
                vm.news().signalAll();
            }
            case STOPPED -> {
                if (vm.disk().isEmpty() || makeDisk(vm)) {
                    settle(vm);
                }
            }
            case RUNNING, SUSPENDED -> pursue(vm);
        }
    }

    private void settle(SimulatedVm vm) {
        vm.settle();
        noteChange(vm);
    }

    private void withRunning(VmId id, Consumer<SimulatedVm> change) {
        lock.lock();
        try {
            SimulatedVm vm = vms.get(id);
            if (vm != null && vm.hasProcess()) {
                vm.nextPlan();
                change.accept(vm);
                noteChange(vm);
            }
        } finally {
            lock.unlock();
        }
    }

    private void after(Duration delay, SimulatedVm vm, long plan, Runnable step) {
        Runnable guarded = () -> {
            lock.lock();
            try {
                if (vm.isPlan(plan)) {
                    step.run();
                }
            } finally {
                lock.unlock();
            }
        };
        var _ = timer.schedule(guarded, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void noteChange(SimulatedVm vm) {
        log.changed(vm);
        changed.signalAll();
        vm.news().signalAll();
    }

    private Optional<VmObservation> observed(VmId id) {
        return Optional.ofNullable(vms.get(id)).map(SimulatedVm::observation).or(() -> log.observationOfGone(id));
    }

    private long counted(java.util.function.Predicate<SimulatedVm> which) {
        lock.lock();
        try {
            return vms.values().stream().filter(which).count();
        } finally {
            lock.unlock();
        }
    }

    /** Again and again, as long as there is a VM that somebody's looking makes a difference to. */
    private void lookWhoWatches() {
        lock.lock();
        try {
            vms.values().stream().filter(vm -> vm.pause().look(vm)).toList().forEach(this::noteChange);
            looking = vms.values().stream().anyMatch(SimulatedVm::mindsWhoWatches);
            if (looking && !timer.isShutdown()) {
                var _ = timer.schedule(this::lookWhoWatches, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void dropStuckViewers() {
        List<VncTestServer> open;
        lock.lock();
        try {
            open = vms.values().stream().flatMap(vm -> vm.console().stream()).toList();
        } finally {
            lock.unlock();
        }
        open.forEach(VncTestServer::dropStuck);
    }

    /** Waits with the lock held until {@code done} or {@code wait} (at most 30 s) passes. */
    private static void await(Condition news, Duration wait, BooleanSupplier done) {
        long left = (wait.compareTo(MAX_WAIT) < 0 ? wait : MAX_WAIT).toNanos();
        try {
            while (!done.getAsBoolean() && left > 0) {
                left = news.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OrielException(ErrorCode.SHUTTING_DOWN, "the host is stopping", e);
        }
    }
}
