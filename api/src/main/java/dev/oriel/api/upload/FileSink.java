package dev.oriel.api.upload;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A new file that bytes flow into. While one piece of it is hashed and written on a thread of its own, the next one is
 * read: each takes about as long as the other. Two pieces are all the memory it needs. For one thread.
 */
final class FileSink implements AutoCloseable {
    private static final int PIECE = 128 << 10;
    /**
     * Of the operating system, as many as processors: a virtual thread that counts gives way to no other, and fifty
     * uploads on them made every other request wait for seconds.
     */
    private static final ExecutorService THREADS = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().daemon().name("upload-", 0).factory());

    private final FileChannel file;
    private final SteadyFlush flush;
    private final MessageDigest digest = sha256();
    private byte[] next = new byte[PIECE];
    private byte[] atWork = new byte[PIECE];
    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);
    private long size;

    FileSink(Path path) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        flush = new SteadyFlush(file);
    }

    /**
     * Reads one piece: what there is without waiting, and at least one byte.
     *
     * @return how long it is, negative at the end; it is part of the file only after {@link #keep}
     */
    int read(InputStream content) throws IOException {
        int length = content.read(next);
        while (length > 0 && length < next.length && content.available() > 0) {
            length += Math.max(0, content.read(next, length, next.length - length));
        }
        return length;
    }

    /** Appends what was read, some time before {@link #finish} comes back. */
    @SuppressWarnings("ThreadPriorityCheck") // virtual threads are never interrupted for others
    void keep(int length) throws IOException {
        await();
        flush.grown(size);
        byte[] piece = next;
        next = atWork;
        atWork = piece;
        size += length;
        writing = CompletableFuture.runAsync(() -> append(piece, length), THREADS);
        // A fast client never makes us wait: this thread gives way by itself.
        Thread.yield();
    }

    /** Comes back when all of it is on the disk. */
    ImageDigest finish() throws IOException {
        await();
        flush.finish();
        return new ImageDigest(HexFormat.of().formatHex(digest.digest()));
    }

    Bytes size() {
        return new Bytes(size);
    }

    private void append(byte[] piece, int length) {
        try {
            digest.update(piece, 0, length);
            ByteBuffer bytes = ByteBuffer.wrap(piece, 0, length);
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void await() throws IOException {
        try {
            writing.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof UncheckedIOException failure ? failure.getCause() : new IOException(e);
        }
    }

    /** Waits for the piece at work: nothing grows afterwards. */
    @Override
    public void close() throws IOException {
        try (file) {
            writing.exceptionally(_ -> null).join();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
