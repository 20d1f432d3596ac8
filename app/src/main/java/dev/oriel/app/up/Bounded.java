package dev.oriel.app.up;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends things in bounded time: at the end of {@code up} nothing may hold up the rest. */
final class Bounded {
    private static final Logger LOG = LoggerFactory.getLogger(Bounded.class);

    private Bounded() {}

    /** Runs it on a thread of its own and waits at most {@code limit}; failures are logged. */
    static void run(String name, Duration limit, Runnable work) {
        Thread worker = Thread.ofPlatform().daemon().name("stop " + name).start(() -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("{} did not end well", name, e);
            }
        });
        try {
            if (!worker.join(limit)) {
                LOG.warn("{} did not end within {}", name, limit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The same as a step that people see. */
    static void step(Progress progress, String name, Duration limit, Runnable work) {
        try {
            progress.step(name, () -> {
                run(name, limit, work);
                return true;
            });
        } catch (Exception e) {
            LOG.error("{} did not end well", name, e);
        }
    }
}
