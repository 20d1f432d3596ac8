package dev.oriel.host.vm;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** What a driver sleeps on: whoever changed something it may wait for raises it. Thread-safe. */
final class Attention {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition raised = lock.newCondition();

    void raise() {
        lock.lock();
        try {
            raised.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until {@code done}, looked at after every raise; false when {@code limit} passed first. */
    boolean await(Duration limit, BooleanSupplier done) throws InterruptedException {
        long left = limit.toNanos();
        lock.lockInterruptibly();
        try {
            boolean there = done.getAsBoolean();
            while (!there && left > 0) {
                left = raised.awaitNanos(left);
                there = done.getAsBoolean();
            }
            return there;
        } finally {
            lock.unlock();
        }
    }
}
