package dev.oriel.app.up;

import dev.oriel.app.child.Deadline;
import dev.oriel.app.child.Interruption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps of a start that run side by side, each after those it needs. The first failure, or {@link #cancel()}, ends all.
 * Thread-safe.
 */
final class ParallelSteps {
    private static final Logger LOG = LoggerFactory.getLogger(ParallelSteps.class);
    /** A step that does not heed an interrupt is left behind after this. */
    private static final Duration UNWIND_LIMIT = Duration.ofSeconds(10);

    private final Progress progress;
    private final List<Step> steps = new ArrayList<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean cancelled;

    ParallelSteps(Progress progress) {
        this.progress = progress;
    }

    /** One step under way. */
    static final class Step {
        private final CountDownLatch done = new CountDownLatch(1);
        private final Thread thread;

        private Step(Thread thread) {
            this.thread = thread;
        }
    }

    /** Starts a step that waits for {@code needed} first. */
    synchronized Step add(String name, Progress.Work<?> work, Step... needed) {
        // Platform threads: a start loads classes, which would pin both carriers of a small machine.
        Thread thread = Thread.ofPlatform().name("start " + name).unstarted(() -> perform(name, work, needed));
        Step step = new Step(thread);
        steps.add(step);
        thread.start();
        return step;
    }

    private void perform(String name, Progress.Work<?> work, Step... needed) {
        try {
            for (Step before : needed) {
                before.done.await();
            }
            if (!cancelled) {
                progress.step(name, work);
            }
        } catch (InterruptedException | Interruption e) {
            cancel();
        } catch (Exception e) {
            if (!cancelled && failure.compareAndSet(null, e)) {
                LOG.error("step {} failed", name, e);
                progress.say("  ✗ " + name);
            }
            cancel();
        } finally {
            stepOf(Thread.currentThread()).done.countDown();
        }
    }

    private synchronized Step stepOf(Thread thread) {
        return steps.stream().filter(step -> step.thread == thread).findFirst().orElseThrow();
    }

    /** Interrupts every step that is not done. */
    void cancel() {
        cancelled = true;
        for (Step step : all()) {
            if (step.thread != Thread.currentThread() && step.done.getCount() > 0) {
                step.thread.interrupt();
            }
        }
    }

    /**
     * Waits for all steps.
     *
     * @throws Exception the first failure
     * @throws Interruption when they were cancelled
     */
    void await() throws Exception {
        for (Step step : all()) {
            while (step.thread.isAlive() && !cancelled) {
                step.thread.join(Duration.ofMillis(50));
            }
        }
        if (cancelled) {
            Deadline.in(UNWIND_LIMIT).await(() -> all().stream().noneMatch(step -> step.thread.isAlive()));
        }
        @Nullable Exception first = failure.get();
        if (first != null) {
            throw first;
        }
        if (cancelled) {
            throw new Interruption();
        }
    }

    private synchronized List<Step> all() {
        return List.copyOf(steps);
    }
}
