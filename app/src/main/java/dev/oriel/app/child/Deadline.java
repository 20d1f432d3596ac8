package dev.oriel.app.child;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A moment after which waiting ends. Immutable. */
public final class Deadline {
    private static final long POLL_NANOS = Duration.ofMillis(50).toNanos();

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    public static Deadline in(Duration limit) {
        return new Deadline(System.nanoTime() + limit.toNanos());
    }

    public boolean isOver() {
        return remaining().isZero();
    }

    /** Time left, never negative. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /**
     * Waits until the condition holds, looking every 50 ms.
     *
     * @return whether it held in time
     * @throws Interruption when the thread is interrupted: somebody wants to stop
     */
    public boolean await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new Interruption();
            }
            if (isOver()) {
                return false;
            }
            LockSupport.parkNanos(this, Math.min(POLL_NANOS, remaining().toNanos()));
        }
        return true;
    }
}
