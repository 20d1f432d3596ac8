package dev.oriel.host.sim;

import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How VMs of a simulated host get where they are wanted, step by step. Every planned step carries its plan's number and
 * is dropped when another plan overtook it. Called with the lock of {@link SimulatedVms} held.
 */
final class SimulatedMoves {
    private final SimulatedVms vms;
    private final Path consoles;
    private final HostScript script;
    private final Clock clock;
    private final Consumer<VmSpec> forget;

    SimulatedMoves(SimulatedVms vms, Path consoles, HostScript script, Clock clock, Consumer<VmSpec> forget) {
        this.vms = vms;
        this.consoles = consoles;
        this.script = script;
        this.clock = clock;
        this.forget = forget;
    }

    /** Takes the next step towards the VM's goal, when none is under way. */
    void pursue(SimulatedVm vm) {
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
                vms.changed(vm);
                vms.after(script.stopDelay(), vm, vm.nextPlan(), () -> suspended(vm, VmPhase.SUSPENDED));
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
            vms.changed(vm);
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
        vms.changed(vm);
        Duration half = script.bootDelay().dividedBy(2);
        long plan = vm.nextPlan();
        vms.after(half, vm, plan, () -> {
            vm.enter(VmPhase.STARTING, false);
            vm.openConsole(consoles);
            vms.changed(vm);
            vms.after(half, vm, plan, () -> firstFrame(vm));
        });
    }

    /** Makes the VM's disk, or takes it where it is wanted; false when it has failed at that. */
    private boolean makeDisk(SimulatedVm vm) {
        VmSpec spec = vm.assignment().spec();
        Optional<DiskSource> other = spec.source().filter(source -> !source.vm().equals(spec.id()));
        boolean there = vm.disk().isPresent()
                || other.isEmpty()
                || other.flatMap(source -> vms.find(source.vm())
                                .flatMap(SimulatedVm::disk)
                                .filter(disk -> disk.has(source.snapshot())))
                        .isPresent();
        if (there && vm.makeDisk().restore(spec)) {
            return true;
        }
        vm.fail("its snapshot is gone");
        vms.changed(vm);
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
        vms.changed(vm);
    }

    private void powerDown(SimulatedVm vm) {
        if (vm.phase() == VmPhase.STOPPING && !vm.assignment().force()) {
            return;
        }
        vm.enter(VmPhase.STOPPING, false);
        vms.changed(vm);
        Duration delay = vm.assignment().force() ? Duration.ZERO : script.stopDelay();
        vms.after(delay, vm, vm.nextPlan(), () -> finished(vm));
    }

    /** The VM has no process (any more): that is what was wanted, or the way to the next goal is free. */
    private void finished(SimulatedVm vm) {
        vm.endProcess();
        vm.enter(VmPhase.STOPPED, false);
        switch (vm.assignment().goal()) {
            case DELETED -> {
                vm.enter(VmPhase.GONE, true);
                vms.gone(vm);
                forget.accept(vm.assignment().spec());
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
        vms.changed(vm);
    }
}
