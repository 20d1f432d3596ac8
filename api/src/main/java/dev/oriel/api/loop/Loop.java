package dev.oriel.api.loop;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one step again and again on a virtual thread until closed. A step waits for its own work, with a deadline. When
 * it fails, the loop backs off from 100 ms to 2 s, and logs the first failure and the recovery, not every try.
 */
public final class Loop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    /** One turn of the loop. */
    @FunctionalInterface
    public interface Step {
        void run() throws InterruptedException;
    }

    private final String name;
    private final Step step;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private int failures;

    private Loop(String name, Step step) {
        this.name = name;
        this.step = step;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::turn);
    }

    public static Loop start(String name, Step step) {
        Loop loop = new Loop(name, step);
        loop.thread.start();
        return loop;
    }

    private void turn() {
        while (isOpen()) {
            try {
                step.run();
                if (failures > 0) {
                    LOG.info("{} works again after {} failures", name, failures);
                    failures = 0;
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                failed(e);
            }
        }
    }

    private void failed(RuntimeException failure) {
        if (!isOpen()) {
            return;
        }
        if (failures++ == 0) {
            LOG.warn("{} fails and goes on trying: {}: {}", name, failure, String.valueOf(failure.getCause()));
        }
        pause(FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 5)));
    }

    private void pause(Duration wanted) {
        Duration pause = wanted.compareTo(LONGEST_PAUSE) < 0 ? wanted : LONGEST_PAUSE;
        try {
            if (closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.debug("{} ends", name);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isOpen() {
        return closed.getCount() > 0;
    }

    /** Interrupts the step and waits for it, at most 5 s. */
    @Override
    public void close() {
        closed.countDown();
        thread.interrupt();
        try {
            if (!thread.join(CLOSE_LIMIT)) {
                LOG.warn("{} did not end within {} s", name, TimeUnit.NANOSECONDS.toSeconds(CLOSE_LIMIT.toNanos()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
