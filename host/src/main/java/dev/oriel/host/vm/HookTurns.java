package dev.oriel.host.vm;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets a few copies at a time be told who they are, first come first served: told all at once, the guests of a host that
 * was asked for many take the processors from each other until none answers in time. Thread-safe.
 */
final class HookTurns {
    /** A guest whose agent keeps everybody waiting is overtaken: nobody may hold the others up for good. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Semaphore free;
    private final Duration patience;

    /** As many at once as there are processors, and no fewer than two. */
    HookTurns() {
        this(Math.max(2, Runtime.getRuntime().availableProcessors()), PATIENCE);
    }

    /** @param patience how long to wait for a turn before going on without one */
    HookTurns(int atOnce, Duration patience) {
        this.free = new Semaphore(atOnce, true);
        this.patience = patience;
    }

    interface Work<E extends Exception> {
        void run() throws E, InterruptedException;
    }

    /** Does it when it is its turn, or when it has waited long enough. */
    <E extends Exception> void take(Work<E> work) throws E, InterruptedException {
        boolean mine = free.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
        try {
            work.run();
        } finally {
            if (mine) {
                free.release();
            }
        }
    }
}
