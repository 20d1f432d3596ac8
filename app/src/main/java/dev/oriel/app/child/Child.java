package dev.oriel.app.child;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One supervised child: started again when it ends by itself, at once the first time and then less and less eagerly,
 * but never later than two seconds after its end. Thread-safe.
 */
public final class Child {
    private static final Logger LOG = LoggerFactory.getLogger(Child.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration STEADY = Duration.ofSeconds(10);

    private final ChildSpec spec;
    private final Launcher launcher;
    private final Object monitor = new Object();
    private @Nullable Process process;
    private final CountDownLatch stop = new CountDownLatch(1);
    private int ends;

    Child(ChildSpec spec, Launcher launcher) {
        this.spec = spec;
        this.launcher = launcher;
    }

    /** Starts one process for a spec, recording it. */
    interface Launcher {
        Process launch(ChildSpec spec) throws IOException;
    }

    void start() {
        try {
            synchronized (monitor) {
                process = launcher.launch(spec);
            }
        } catch (IOException e) {
            throw new ChildFailure(spec.name() + " cannot be started: " + e.getMessage(), e);
        }
        Thread.ofVirtual().name("child " + spec.name()).start(this::supervise);
    }

    public String name() {
        return spec.name();
    }

    /** How often it has ended by itself. */
    public int ends() {
        synchronized (monitor) {
            return ends;
        }
    }

    /** The pid of the running process; empty between an end and the next start. */
    public Optional<Long> pid() {
        synchronized (monitor) {
            return Optional.ofNullable(process).filter(Process::isAlive).map(Process::pid);
        }
    }

    private void supervise() {
        Duration pause = FIRST_PAUSE;
        while (true) {
            Process current = current();
            long began = System.nanoTime();
            int status = current.onExit().join().exitValue();
            synchronized (monitor) {
                if (stop.getCount() == 0) {
                    return;
                }
                ends++;
            }
            if (System.nanoTime() - began > STEADY.toNanos()) {
                pause = FIRST_PAUSE;
            }
            LOG.warn("{} ended with status {}; starting it again", spec.name(), status);
            if (!restartAfter(pause)) {
                return;
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private Process current() {
        synchronized (monitor) {
            if (process == null) {
                throw new IllegalStateException(spec.name() + " was never started");
            }
            return process;
        }
    }

    private boolean restartAfter(Duration pause) {
        try {
            if (stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                return false;
            }
            synchronized (monitor) {
                if (stop.getCount() == 0) {
                    return false;
                }
                process = launcher.launch(spec);
                return true;
            }
        } catch (IOException e) {
            LOG.error("{} cannot be started again", spec.name(), e);
            return false;
        } catch (Interruption e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Sends its stop signal, and kills it when that was not enough in time. Returns when it has ended. */
    public void stop() {
        stop(spec.stopGrace());
    }

    void stop(Duration grace) {
        Process last;
        synchronized (monitor) {
            stop.countDown();
            if (process == null) {
                return;
            }
            last = process;
        }
        if (last.isAlive()) {
            spec.stop().sendTo(last.pid());
        }
        try {
            if (!last.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} did not end within {}; killing it", spec.name(), grace);
                last.destroyForcibly().waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            last.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
