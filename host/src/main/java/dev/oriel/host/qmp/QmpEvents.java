package dev.oriel.host.qmp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One listener's own queue of events. Bounded: a listener that does not read loses its oldest events, never anybody
 * else's. Thread-safe.
 */
public final class QmpEvents implements AutoCloseable {
    private static final int CAPACITY = 256;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<QmpEvent> queue = new ArrayDeque<>();
    private final Consumer<QmpEvents> unsubscribe;
    private long lost;
    private boolean ended;

    QmpEvents(Consumer<QmpEvents> unsubscribe) {
        this.unsubscribe = unsubscribe;
    }

    /** The next event, waiting at most {@code limit} for it; empty when none came or the connection is over. */
    public Optional<QmpEvent> next(Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        lock.lockInterruptibly();
        try {
            while (queue.isEmpty() && !ended && left > 0) {
                left = changed.awaitNanos(left);
            }
            return Optional.ofNullable(queue.poll());
        } finally {
            lock.unlock();
        }
    }

    /** Waits for an event of this name, dropping others; empty when none came within {@code limit}. */
    public Optional<QmpEvent> next(String name, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            long left = end - System.nanoTime();
            Optional<QmpEvent> event = next(Duration.of(Math.max(left, 0), TimeUnit.NANOSECONDS.toChronoUnit()));
            if (event.isEmpty() || event.get().name().equals(name)) {
                return event;
            }
        }
    }

    /** How many events were dropped because nobody read them. */
    public long lost() {
        lock.lock();
        try {
            return lost;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        unsubscribe.accept(this);
        end();
    }

    void offer(QmpEvent event) {
        lock.lock();
        try {
            if (queue.size() == CAPACITY) {
                queue.removeFirst();
                lost++;
            }
            queue.addLast(event);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
