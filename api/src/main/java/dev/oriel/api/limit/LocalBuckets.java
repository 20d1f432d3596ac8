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

    /**
     * How a try ended.
     *
     * @param delay zero when it was let through, else how long until there is one
     * @param remaining how many more would be let through at once
     * @param full how long until the bucket is full again
     */
    record Take(Duration delay, long remaining, Duration full) {}

    /** Takes one from the bucket of {@code key}. */
    Take take(String key, Rate rate) {
        long now = microClock.getAsLong();
        long interval = rate.intervalMicros();
        long tolerance = interval * (rate.burst() - 1);
        long[] wait = {0};
        if (fullAt.size() > MAX_KEYS) {
            fullAt.values().removeIf(full -> full < now);
        }
        long after = fullAt.compute(key, (ignored, previous) -> {
            long full = previous == null ? now : Math.max(previous, now);
            if (full - now > tolerance) {
                wait[0] = full - now - tolerance;
                return full;
            }
            return full + interval;
        });
        long remaining = Math.max(0, (interval * rate.burst() - (after - now)) / interval);
        return new Take(micros(wait[0]), remaining, micros(after - now));
    }

    private static Duration micros(long count) {
        return Duration.ofNanos(count * 1000);
    }

    /** Puts one back that was taken. */
    void giveBack(String key, Rate rate) {
        fullAt.computeIfPresent(key, (ignored, full) -> full - rate.intervalMicros());
    }
}
