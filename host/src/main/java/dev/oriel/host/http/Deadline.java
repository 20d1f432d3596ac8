package dev.oriel.host.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs calls on virtual threads of its own and gives up on them at a deadline. Thread-safe. */
final class Deadline implements AutoCloseable {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * The call's answer.
     *
     * @throws OrielException the call's own, or {@code UNAVAILABLE} when {@code limit} passes: the call is interrupted
     */
    <T> T within(Duration limit, Callable<T> call) throws InterruptedException {
        Future<T> answer = threads.submit(call);
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "the host did not finish this in time", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof OrielException expected) {
                throw expected;
            }
            throw new OrielException(ErrorCode.INTERNAL, "the host failed at this", e);
        } finally {
            answer.cancel(true);
        }
    }

    /** Interrupts what still runs; does not wait for it. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
