package dev.oriel.api.host;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A value that may be a little old: fetched again by the next reader once its age is over the limit. Thread-safe. */
final class Recent<T> {
    private record Kept<T>(T value, long nanos) {}

    private final Duration maxAge;
    private final Supplier<T> source;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Kept<T> kept;

    Recent(Duration maxAge, Supplier<T> source) {
        this.maxAge = maxAge;
        this.source = source;
    }

    /** The value, not older than the limit; fails as the source does. One thread fetches, the others wait for it. */
    T get() {
        Kept<T> now = kept;
        if (now != null && fresh(now)) {
            return now.value();
        }
        lock.lock();
        try {
            Kept<T> again = kept;
            if (again != null && fresh(again)) {
                return again.value();
            }
            T value = source.get();
            kept = new Kept<>(value, System.nanoTime());
            return value;
        } finally {
            lock.unlock();
        }
    }

    /** The last value there was, however old. */
    @Nullable
    T last() {
        Kept<T> now = kept;
        return now == null ? null : now.value();
    }

    private boolean fresh(Kept<T> candidate) {
        return System.nanoTime() - candidate.nanos() < maxAge.toNanos();
    }
}
