package dev.oriel.host.qmp;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Splits a byte stream into lines of at most {@code limit} bytes: memory stays flat whatever comes. Not thread-safe. */
final class BoundedLines {
    private static final int CHUNK = 8192;

    private final ReadableByteChannel source;
    private final int limit;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).flip();
    private byte[] line = new byte[CHUNK];
    private int length;

    BoundedLines(ReadableByteChannel source, int limit) {
        this.source = source;
        this.limit = limit;
    }

    /**
     * The next line without its end; empty at the end of the stream (a half line there is dropped).
     *
     * @throws StreamCorruptedException when a line is longer than the limit
     */
    Optional<String> next() throws IOException {
        length = 0;
        while (true) {
            while (chunk.hasRemaining()) {
                byte next = chunk.get();
                if (next == '\n') {
                    return Optional.of(new String(line, 0, length, StandardCharsets.UTF_8).strip());
                }
                append(next);
            }
            chunk.clear();
            int read = source.read(chunk);
            chunk.flip();
            if (read < 0) {
                return Optional.empty();
            }
        }
    }

    private void append(byte next) throws IOException {
        if (length == limit) {
            throw new StreamCorruptedException("a line is longer than " + limit + " bytes");
        }
        if (length == line.length) {
            line = Arrays.copyOf(line, Math.min(limit, line.length * 2));
        }
        line[length++] = next;
    }
}
