package dev.oriel.gateway.recording;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** One part being written: blocks of milliseconds, length and bytes, as they come. For one thread. */
final class PartFile implements AutoCloseable {
    private static final int BUFFER = 64 << 10;

    private final DataOutputStream out;
    private final long began = System.nanoTime();
    private long bytes;
    private boolean dirty;

    PartFile(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        out = new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.WRITE), BUFFER));
    }

    void append(byte[] from, int length) throws IOException {
        out.writeInt((int) ageMillis());
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
        out.close();
    }
}
