package dev.oriel.host.instant;

import dev.oriel.core.vm.TemplateName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How many VMs were begun lately, by template: as many warm clones are worth keeping, for they may come again as
 * quickly. Thread-safe.
 */
final class Demand {
    private static final Duration LATELY = Duration.ofMinutes(3);
    /** More are not counted. */
    private static final int MANY = 64;

    private final LongSupplier nanos;
    private final Map<TemplateName, Deque<Long>> begun = new ConcurrentHashMap<>();

    /** @param nanos a monotonic clock, as {@link System#nanoTime} */
    Demand(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** A VM of this template has begun. */
    void note(TemplateName template) {
        begun.compute(template, (_, times) -> {
            Deque<Long> kept = times == null ? new ArrayDeque<>() : times;
            kept.addLast(nanos.getAsLong());
            if (kept.size() > MANY) {
                kept.removeFirst();
            }
            return kept;
        });
    }

    /** How many have lately. */
    int of(TemplateName template) {
        int[] count = new int[1];
        begun.computeIfPresent(template, (_, times) -> {
            long since = nanos.getAsLong() - LATELY.toNanos();
            times.removeIf(time -> time - since < 0);
            count[0] = times.size();
            return times.isEmpty() ? null : times;
        });
        return count[0];
    }
}
