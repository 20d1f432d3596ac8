package dev.oriel.api.vm;

import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Requests that wait for a VM to get somewhere, woken by its changes and not by asking again. Thread-safe. */
@Component
class VmWaiters implements VmListener {
    private final ConcurrentHashMap<VmId, Set<Waiter>> waiters = new ConcurrentHashMap<>();
    private volatile boolean closing;

    private static final class Waiter {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition news = lock.newCondition();
        private @Nullable Vm latest;

        void giveUp() {
            lock.lock();
            try {
                latest = null;
                news.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void offer(Vm vm) {
            lock.lock();
            try {
                if (latest == null || vm.revision() > latest.revision()) {
                    latest = vm;
                    news.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        Optional<Vm> await(Predicate<Vm> done, Duration limit) throws InterruptedException {
            long left = limit.toNanos();
            lock.lock();
            try {
                while (latest != null && !done.test(latest) && left > 0) {
                    left = news.awaitNanos(left);
                }
                return Optional.ofNullable(latest);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Waits until {@code done} holds for the VM, at most {@code limit}.
     *
     * @param present reads the VM from the store; asked first and last, as news may get lost
     * @return the VM as it is then; empty when {@code present} says so
     */
    Optional<Vm> await(VmId id, Supplier<Optional<Vm>> present, Predicate<Vm> done, Duration limit) {
        if (limit.isZero() || closing) {
            return present.get();
        }
        Waiter waiter = new Waiter();
        // Inside of the map's lock on this key, as the removal is: a set that is empty never gets another waiter.
        waiters.compute(id, (key, known) -> {
            Set<Waiter> set = known == null ? ConcurrentHashMap.newKeySet() : known;
            set.add(waiter);
            return set;
        });
        try {
            Optional<Vm> now = present.get();
            if (now.isEmpty()) {
                return now;
            }
            waiter.offer(now.get());
            Optional<Vm> then = waiter.await(done, limit);
            return then.filter(done).isPresent() ? then : present.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return present.get();
        } finally {
            waiters.computeIfPresent(id, (key, set) -> {
                set.remove(waiter);
                return set.isEmpty() ? null : set;
            });
        }
    }

    /** The application ends: whoever waits answers with what is, so that nothing holds the end up. */
    @EventListener
    void closing(ContextClosedEvent event) {
        closing = true;
        waiters.values().forEach(set -> set.forEach(Waiter::giveUp));
    }

    @Override
    public void heard(Vm now) {
        waiters.getOrDefault(now.id(), Set.of()).forEach(waiter -> waiter.offer(now));
    }
}
