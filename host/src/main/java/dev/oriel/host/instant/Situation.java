package dev.oriel.host.instant;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is known of the frozen state of one kind of VMs.
 *
 * @param start what its VMs start from, when there is something
 * @param step what is being done, or why nothing can be
 * @param retryNanos when to try again after a failure
 */
record Situation(Shape shape, String key, Optional<InstantStart> start, Optional<String> step, long retryNanos) {
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);

    /** Nothing is there yet, and it is to be made. */
    static Situation fresh(Shape shape, String key) {
        return new Situation(shape, key, Optional.empty(), Optional.empty(), System.nanoTime());
    }

    Situation doing(String what) {
        return new Situation(shape, key, start, Optional.of(what), retryNanos);
    }

    Situation failed(String why) {
        return new Situation(
                shape, key, Optional.empty(), Optional.of(why), System.nanoTime() + AFTER_FAILURE.toNanos());
    }

    /** To be tried again without waiting. */
    Situation now() {
        return new Situation(shape, key, start, step, System.nanoTime());
    }

    Situation with(InstantStart found) {
        return new Situation(shape, key, Optional.of(found), Optional.empty(), retryNanos);
    }

    /** Whether there is something to do, now. */
    boolean isDue() {
        return start.isEmpty() && retryNanos - System.nanoTime() <= 0;
    }

    static Set<String> keysOf(Collection<Situation> situations) {
        return situations.stream().map(Situation::key).collect(Collectors.toSet());
    }
}
