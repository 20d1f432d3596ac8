package dev.oriel.bench.api;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting with an end. */
public final class Pause {
    private static final Duration STEP = Duration.ofMillis(10);

    private Pause() {}

    public static void of(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** Seconds until {@code done}; {@code what} did not happen within {@code limit} otherwise. */
    public static double until(String what, Duration limit, BooleanSupplier done) {
        long began = System.nanoTime();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - began > limit.toNanos()) {
                throw new IllegalStateException(what + ": not within " + limit.toSeconds() + " s");
            }
            of(STEP);
        }
        return (System.nanoTime() - began) / 1e9;
    }
}
