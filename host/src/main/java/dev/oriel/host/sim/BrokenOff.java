package dev.oriel.host.sim;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Content that cannot be read to its end, as that of a disk that fails. For one thread. */
final class BrokenOff extends FilterInputStream {
    private long left;

    private BrokenOff(InputStream content, long left) {
        super(content);
        this.left = left;
    }

    /** The first {@code bytes} of {@code content}, then a failure. */
    static InputStream after(long bytes, InputStream content) {
        return new BrokenOff(content, bytes);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int most) throws IOException {
        if (left == 0) {
            throw new IOException("the simulated disk cannot be read");
        }
        int read = super.read(into, offset, (int) Math.min(left, most));
        left -= Math.max(0, read);
        return read;
    }
}
