package dev.oriel.app.up;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Says on the terminal what {@code up} is doing: one line per finished step with its time, and, for whatever takes
 * longer than a second, that it is still at work. Thread-safe: steps run side by side.
 */
public final class Progress implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int NAME_WIDTH = 30;

    private final PrintStream out;
    private final boolean terminal;
    private final Map<String, Long> running = new TreeMap<>();
    private final Thread ticker;
    private boolean transientLine;

    /** {@code terminal}: unfinished steps are shown in a line that is overwritten, instead of once each. */
    public Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        this.ticker = Thread.ofVirtual().name("progress").start(this::tick);
    }

    /** A piece of work with a name. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws Exception;
    }

    /** Does one step and reports its time; a failure is thrown on. */
    public <T> T step(String name, Work<T> work) throws Exception {
        long began = System.nanoTime();
        synchronized (running) {
            running.put(name, began);
        }
        try {
            T result = work.run();
            finish(name, "  ✓ " + padded(name) + seconds(System.nanoTime() - began));
            return result;
        } catch (Exception e) {
            finish(name, "");
            throw e;
        }
    }

    /** A line of its own. */
    public void say(String line) {
        synchronized (running) {
            clearTransient();
            out.println(line);
            out.flush();
        }
    }

    @Override
    public void close() {
        ticker.interrupt();
        synchronized (running) {
            clearTransient();
        }
    }

    private void finish(String name, String line) {
        synchronized (running) {
            running.remove(name);
            if (!line.isEmpty()) {
                say(line);
            }
        }
    }

    private void tick() {
        Map<String, Long> announced = new TreeMap<>();
        while (!Thread.currentThread().isInterrupted()) {
            synchronized (running) {
                try {
                    running.wait(PATIENCE.toMillis() / 4);
                } catch (InterruptedException e) {
                    return;
                }
                showSlow(announced);
            }
        }
    }

    private void showSlow(Map<String, Long> announced) {
        long now = System.nanoTime();
        StringBuilder slow = new StringBuilder();
        running.forEach((name, began) -> {
            if (now - began > PATIENCE.toNanos()) {
                slow.append(slow.isEmpty() ? "  … " : ", ")
                        .append(name)
                        .append(' ')
                        .append((now - began) / 1_000_000_000)
                        .append(" s");
                if (!terminal && announced.put(name, began) == null) {
                    out.println("  … " + name);
                    out.flush();
                }
            }
        });
        if (terminal && !slow.isEmpty()) {
            out.print("\r\u001b[K" + slow);
            out.flush();
            transientLine = true;
        }
    }

    private void clearTransient() {
        if (transientLine) {
            out.print("\r\u001b[K");
            transientLine = false;
        }
    }

    private static String padded(String name) {
        return name + " ".repeat(Math.max(1, NAME_WIDTH - name.length()));
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%6.1f s", nanos / 1e9);
    }
}
