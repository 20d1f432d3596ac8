package dev.oriel.api.limit;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Rate limits of this process alone, by the generic cell rate algorithm: for each key only the time at which its bucket
 * would be full again. Thread-safe; memory is bounded by dropping keys whose buckets are full.
 */
final class LocalBuckets {
    private static final int MAX_KEYS = 50_000;

    private final ConcurrentHashMap<String, Long> fullAt = new ConcurrentHashMap<>();
    private final LongSupplier microClock;

    /** {@code microClock} runs steadily, from any origin. */
    LocalBuckets(LongSupplier microClock) {
        this.microClock = microClock;
    }

    LocalBuckets() {
        this(() -> System.nanoTime() / 1000);
    }

    /** Takes one from the bucket of {@code key}. Zero: it was there; else how long until there is one. */
    Duration take(String key, Rate rate) {
        long now = microClock.getAsLong();
        long tolerance = rate.intervalMicros() * (rate.burst() - 1);
        long[] wait = {0};
        if (fullAt.size() > MAX_KEYS) {
            fullAt.values().removeIf(full -> full < now);
        }
        fullAt.compute(key, (ignored, previous) -> {
            long full = previous == null ? now : Math.max(previous, now);
            if (full - now > tolerance) {
                wait[0] = full - now - tolerance;
                return full;
            }
            return full + rate.intervalMicros();
        });
        return Duration.ofNanos(wait[0] * 1000);
    }

    /** Puts one back that was taken. */
    void giveBack(String key, Rate rate) {
        fullAt.computeIfPresent(key, (ignored, full) -> full - rate.intervalMicros());
    }
}
