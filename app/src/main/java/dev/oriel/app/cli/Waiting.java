package dev.oriel.app.cli;

import java.io.PrintStream;
import java.time.Duration;

/** While the server is at work: from the first second on, a line that counts them on a terminal, and nothing elsewhere. */
final class Waiting implements AutoCloseable {
    private static final Duration STEP = Duration.ofSeconds(1);

    private final PrintStream out;
    private final Thread counter;

    private Waiting(PrintStream out, boolean shown) {
        this.out = out;
        this.counter = Thread.ofVirtual().unstarted(this::count);
        if (shown) {
            counter.start();
        }
    }

    /** On standard error, when a person sits before it. */
    static Waiting begin() {
        return new Waiting(System.err, TransferProgress.isTerminal());
    }

    static Waiting begin(PrintStream out) {
        return new Waiting(out, true);
    }

    private void count() {
        int seconds = 0;
        try {
            while (!Thread.currentThread().join(STEP)) {
                out.print("\r  … " + ++seconds + " s ");
                out.flush();
            }
        } catch (InterruptedException e) {
            if (seconds > 0) {
                out.print("\r" + " ".repeat(12) + "\r");
                out.flush();
            }
        }
    }

    @Override
    public void close() {
        counter.interrupt();
        try {
            if (counter.getState() != Thread.State.NEW) {
                counter.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
