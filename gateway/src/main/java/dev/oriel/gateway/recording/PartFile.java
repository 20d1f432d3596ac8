package dev.oriel.gateway.recording;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.LongConsumer;

/**
 * One part being written: blocks of milliseconds, length and bytes, as they come. Its file is made with the first
 * picture: a VM that is going away, or not yet there, greets at most, and a part of that would play as nothing. For one
 * thread.
 */
final class PartFile implements AutoCloseable {
    private static final int BUFFER = 64 << 10;
    /** How often it is noted that nothing changes. */
    private static final long STILL_MILLIS = 5_000;

    private final RecordingFiles files;
    private final long startMillis;
    private final LongConsumer written;
    private final ByteArrayOutputStream greeting = new ByteArrayOutputStream();
    private final long began = System.nanoTime();
    private DataOutputStream out = new DataOutputStream(greeting);
    private boolean kept;
    private long bytes;
    private boolean dirty;
    private long lastMillis;

    /**
     * @param startMillis since the recording began
     * @param written hears of bytes that were kept
     */
    PartFile(RecordingFiles files, long startMillis, LongConsumer written) {
        this.files = files;
        this.startMillis = startMillis;
        this.written = written;
    }

    /** A few hundred bytes that come before any picture. */
    void greet(byte[] from, int length) throws IOException {
        append(from, length);
    }

    /** What shows something. */
    void show(byte[] from, int length) throws IOException {
        if (!kept) {
            kept = true;
            OutputStream file = create();
            out = new DataOutputStream(new BufferedOutputStream(file, BUFFER));
            greeting.writeTo(out);
            written.accept(bytes);
        }
        append(from, length);
        written.accept(8L + length);
    }

    /** Nothing has changed up to now: a block of no bytes says so now and then, and how long the part is. */
    void rest() throws IOException {
        if (kept && ageMillis() - lastMillis >= STILL_MILLIS) {
            noteStillness();
        }
    }

    private void noteStillness() throws IOException {
        append(new byte[0], 0);
        written.accept(8L);
    }

    private OutputStream create() throws IOException {
        var file = files.newPart(startMillis);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.newOutputStream(file, StandardOpenOption.WRITE);
    }

    private void append(byte[] from, int length) throws IOException {
        lastMillis = ageMillis();
        out.writeInt((int) lastMillis);
        out.writeInt(length);
        out.write(from, 0, length);
        bytes += 8L + length;
        dirty = true;
    }

    long ageMillis() {
        return (System.nanoTime() - began) / 1_000_000;
    }

    /** Bytes so far. */
    long bytes() {
        return bytes;
    }

    /** Hands the kernel what waits. */
    void flush() throws IOException {
        if (dirty) {
            out.flush();
            dirty = false;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (kept) {
                noteStillness();
            }
        } finally {
            out.close();
        }
    }
}
