package dev.oriel.host.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * The body of a long transfer. Ends one that takes too long in all: the socket's read timeout stops a silent sender,
 * this one that drips. A broken connection is an {@link IOException} here, whatever the server throws. Does not close
 * what it wraps: that is the server's. Not thread-safe.
 */
final class TransferInputStream extends FilterInputStream {
    private final long endNanos;

    TransferInputStream(InputStream in, Duration limit) {
        super(in);
        this.endNanos = System.nanoTime() + limit.toNanos();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (System.nanoTime() - endNanos > 0) {
            throw new IOException("the transfer took too long");
        }
        try {
            return super.read(buffer, offset, length);
        } catch (RuntimeException e) {
            throw new IOException("the transfer broke off", e);
        }
    }

    @Override
    public void close() {
        // the server owns the stream
    }
}
