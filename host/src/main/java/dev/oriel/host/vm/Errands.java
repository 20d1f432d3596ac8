package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Short work that others want done on a driver's own thread, between its steps, and wait for. Thread-safe.
 */
final class Errands {
    private static final int MAX = 16;

    /** One piece of work; what it throws is thrown to whoever waits. */
    interface Errand<T> {
        T run() throws OrielException, InterruptedException;
    }

    private record Task<T>(Errand<T> errand, CompletableFuture<T> result) {
        void run() throws InterruptedException {
            if (result.isDone()) {
                return;
            }
            try {
                result.complete(errand.run());
            } catch (InterruptedException e) {
                result.completeExceptionally(over());
                throw e;
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        }
    }

    private final BlockingQueue<Task<?>> waiting = new ArrayBlockingQueue<>(MAX);
    private volatile boolean ended;

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Does what waits now. Called by the driver. */
    void run() throws InterruptedException {
        for (int i = 0; i < MAX && isWaiting(); i++) {
            Task<?> task = waiting.poll();
            if (task != null) {
                task.run();
            }
        }
    }

    /** The driver does no more. */
    void end() {
        ended = true;
        for (Task<?> task = waiting.poll(); task != null; task = waiting.poll()) {
            task.result().completeExceptionally(over());
        }
    }

    /**
     * Has it done, at most {@code limit} from now.
     *
     * @param wake called when it waits
     * @throws OrielException what the errand threw; {@code UNAVAILABLE} when it did not come to its turn in time
     */
    <T> T call(Errand<T> errand, Duration limit, Runnable wake) {
        Task<T> task = new Task<>(errand, new CompletableFuture<>());
        if (ended || !waiting.offer(task)) {
            throw over();
        }
        wake.run();
        if (ended) {
            end();
        }
        try {
            return task.result().get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            task.result().completeExceptionally(over());
            throw new OrielException(ErrorCode.UNAVAILABLE, "the VM is busy with something else", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof OrielException known
                    ? known
                    : new OrielException(ErrorCode.INTERNAL, "the host failed at this", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw over();
        }
    }

    private static OrielException over() {
        return new OrielException(ErrorCode.UNAVAILABLE, "this VM cannot be worked on now");
    }
}
