package dev.oriel.api.limit;

import java.time.Duration;

/**
 * A steady rate with a burst on top.
 *
 * @param interval the time after which one more request is allowed
 * @param burst how many may come at once after a rest
 */
record Rate(Duration interval, int burst) {
    Rate {
        if (!interval.isPositive() || burst < 1) {
            throw new IllegalArgumentException("a rate lets something through");
        }
    }

    static Rate perSecond(int count, int burst) {
        return new Rate(Duration.ofSeconds(1).dividedBy(count), burst);
    }

    static Rate perMinute(int count) {
        return new Rate(Duration.ofMinutes(1).dividedBy(count), count);
    }

    long intervalMicros() {
        return Math.max(1, interval.toNanos() / 1000);
    }
}
