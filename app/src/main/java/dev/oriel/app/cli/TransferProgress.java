package dev.oriel.app.cli;

import java.io.Console;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;

/** How far a transfer is, as one line that rewrites itself on a terminal, and nothing elsewhere. For one thread. */
final class TransferProgress {
    private static final long PAUSE_NANOS = 200_000_000;
    private static final long MIB = 1L << 20;

    private final PrintStream out;
    private final boolean shown;
    private final String what;
    private final long begin = System.nanoTime();
    private long printed;

    private TransferProgress(PrintStream out, boolean shown, String what) {
        this.out = out;
        this.shown = shown;
        this.what = what;
    }

    /** On standard error, when a person sits before it. */
    static TransferProgress of(String what) {
        return new TransferProgress(System.err, isTerminal(), what);
    }

    static boolean isTerminal() {
        return Boolean.getBoolean("oriel.terminal")
                || Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent();
    }

    /**
     * Counts what is read from {@code in}.
     *
     * @param from bytes that were through before
     * @param total bytes, those included
     */
    InputStream watch(InputStream in, long from, long total) {
        return new FilterInputStream(in) {
            private long seen = from;

            @Override
            public int read() throws IOException {
                int value = super.read();
                if (value >= 0) {
                    at(++seen, total);
                }
                return value;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = super.read(buffer, offset, length);
                if (read > 0) {
                    seen += read;
                    at(seen, total);
                }
                return read;
            }
        };
    }

    /** So many bytes are through. */
    void at(long seen, long total) {
        long now = System.nanoTime();
        if (!shown || (now - printed < PAUSE_NANOS && seen != total)) {
            return;
        }
        printed = now;
        double seconds = Math.max((now - begin) / 1e9, 0.001);
        String part = total > 0 ? String.format(Locale.ROOT, "%3d %%, ", seen * 100 / total) : "";
        out.printf(Locale.ROOT, "\r%s: %s%d MiB, %.0f MiB/s ", what, part, seen / MIB, seen / seconds / MIB);
        if (seen == total) {
            out.println();
        }
        out.flush();
    }
}
