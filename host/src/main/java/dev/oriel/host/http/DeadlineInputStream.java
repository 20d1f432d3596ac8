package dev.oriel.host.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Ends a transfer that takes too long in all: the socket's read timeout stops a silent sender, this one that drips.
 * Does not close what it wraps; the server reads or drops the rest. Not thread-safe.
 */
final class DeadlineInputStream extends FilterInputStream {
    private final long endNanos;

    DeadlineInputStream(InputStream in, Duration limit) {
        super(in);
        this.endNanos = System.nanoTime() + limit.toNanos();
    }

    @Override
    public int read() throws IOException {
        check();
        return super.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        check();
        return super.read(buffer, offset, length);
    }

    @Override
    public void close() {
        // the server owns the stream
    }

    private void check() throws IOException {
        if (System.nanoTime() - endNanos > 0) {
            throw new IOException("transfer took too long");
        }
    }
}
