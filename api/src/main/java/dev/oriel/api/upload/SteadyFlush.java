package dev.oriel.api.upload;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Brings a growing file to its disk while it grows. Left to itself the kernel collects gigabytes and writes them at the
 * end: the upload then waits for all of it, and so does every commit of a database on the same disk. For one thread.
 */
final class SteadyFlush {
    private static final long STEP = 8L << 20;
    /** Whoever is faster than the disk waits for it. */
    private static final long MAX_BEHIND = 32L << 20;
    /** Over all files: a database's own flush waits behind these. */
    private static final Semaphore AT_ONCE = new Semaphore(2, true);

    private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

    private final FileChannel file;
    private CompletableFuture<Void> flushing = CompletableFuture.completedFuture(null);
    private long begun;

    SteadyFlush(FileChannel file) {
        this.file = file;
    }

    /** The file has grown to {@code size} bytes. */
    void grown(long size) throws IOException {
        if (size - begun >= MAX_BEHIND) {
            await();
        }
        if (size - begun >= STEP && flushing.isDone()) {
            await();
            begun = size;
            flushing = CompletableFuture.runAsync(() -> flush(false), THREADS);
        }
    }

    /** The file is whole: comes back when all of it is on the disk. */
    void finish() throws IOException {
        flushing = flushing.thenRunAsync(() -> flush(true), THREADS);
        await();
    }

    private void flush(boolean sizeToo) {
        try {
            AT_ONCE.acquire();
            try {
                file.force(sizeToo);
            } finally {
                AT_ONCE.release();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException("not flushed"));
        }
    }

    private void await() throws IOException {
        try {
            flushing.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof UncheckedIOException failure ? failure.getCause() : new IOException(e);
        }
    }
}
