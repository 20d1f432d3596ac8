package dev.oriel.api.loop;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A signal that there is work: many wakes before one await count as one. Thread-safe. */
public final class Nudge {
    private final Semaphore signal = new Semaphore(0);

    public void wake() {
        if (signal.availablePermits() == 0) {
            signal.release();
        }
    }

    /** Waits for a wake, at most {@code limit}; whether there was one. */
    public boolean await(Duration limit) throws InterruptedException {
        boolean woken = signal.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS);
        signal.drainPermits();
        return woken;
    }
}
