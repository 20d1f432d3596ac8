package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The VMs that a simulated host has: one lock, one timer, one log of changes. Everything but {@link #locked}, {@link
 * #every} and {@link #soon} wants the lock held.
 */
final class SimulatedVms implements AutoCloseable {
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<VmId, SimulatedVm> vms = new HashMap<>();
    private final ChangeLog log = new ChangeLog();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("sim-host").factory());

    SimulatedVms() {
        timer.setRemoveOnCancelPolicy(true);
    }

    <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    void locked(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    Optional<SimulatedVm> find(VmId id) {
        return Optional.ofNullable(vms.get(id));
    }

    Collection<SimulatedVm> all() {
        return Collections.unmodifiableCollection(vms.values());
    }

    /** The VM that was assigned, also when it was not known or gone before. */
    SimulatedVm known(VmAssignment assignment) {
        VmId id = assignment.spec().id();
        log.back(id);
        return vms.computeIfAbsent(id, _ -> new SimulatedVm(assignment, lock.newCondition()));
    }

    /** As it is, or was when it went. */
    Optional<VmObservation> observed(VmId id) {
        return find(id).map(SimulatedVm::observation).or(() -> log.observationOfGone(id));
    }

    /** The newest generation that was assigned; 0 when there was none. */
    long generation(VmId id) {
        return find(id).map(vm -> vm.assignment().generation()).orElseGet(() -> log.generationOfGone(id));
    }

    void changed(SimulatedVm vm) {
        log.changed(vm);
        changed.signalAll();
        vm.news().signalAll();
    }

    void gone(SimulatedVm vm) {
        vms.remove(vm.assignment().spec().id());
        log.gone(vm);
        changed.signalAll();
        vm.news().signalAll();
    }

    VmChanges changesAfter(long since, Duration wait) {
        await(changed, wait, () -> !log.isCurrent(since));
        return log.after(since, vms.values());
    }

    /** Waits for any change until {@code done} or {@code wait} (at most 30 s) passes. */
    void await(Duration wait, BooleanSupplier done) {
        await(changed, wait, done);
    }

    /** As {@link #await(Duration, BooleanSupplier)}, for changes of one VM: a thousand may wait here, each for its own. */
    void await(VmId id, Duration wait, BooleanSupplier done) {
        await(find(id).map(SimulatedVm::news).orElse(changed), wait, done);
    }

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

    /** Runs a step of a VM's plan later, unless another plan overtakes it. */
    void after(Duration delay, SimulatedVm vm, long plan, Runnable step) {
        soon(delay, () -> {
            if (vm.isPlan(plan)) {
                step.run();
            }
        });
    }

    /** Runs something later, with the lock held. */
    void soon(Duration delay, Runnable work) {
        if (!timer.isShutdown()) {
            var _ = timer.schedule(() -> locked(work), delay.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** Runs something again and again, without the lock. */
    void every(Duration period, Runnable work) {
        var _ = timer.scheduleWithFixedDelay(work, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        timer.shutdownNow();
        locked(() -> vms.values().forEach(SimulatedVm::endProcess));
    }
}
