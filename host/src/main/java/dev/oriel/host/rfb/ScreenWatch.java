package dev.oriel.host.rfb;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A viewer that stays: knows when the screen changed last, and can press keys. Thread-safe; closing it ends its thread. */
public final class ScreenWatch implements AutoCloseable {
    /** Pixels that may change while a screen counts as still: a blinking cursor, with the tiles it lies in. */
    private static final long LITTLE = 2048;

    private final SocketChannel channel;
    private final RfbConversation conversation;
    private final CompletableFuture<FirstFrame> first = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long changes;
    private long lastChangeNanos = System.nanoTime();
    private boolean ended;

    private ScreenWatch(SocketChannel channel) {
        this.channel = channel;
        this.conversation = new RfbConversation(channel);
    }

    /**
     * Connects and waits for the first full picture.
     *
     * @throws IOException when it does not come within {@code limit}
     */
    public static ScreenWatch open(Path socket, Duration limit) throws IOException, InterruptedException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ScreenWatch watch = new ScreenWatch(channel);
            Thread.ofVirtual().name("screen-watch").start(watch::run);
            FirstFrame _ = watch.first.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return watch;
        } catch (ExecutionException | TimeoutException e) {
            channel.close();
            throw new IOException("no picture within " + limit.toMillis() + " ms", e);
        } catch (IOException | InterruptedException e) {
            channel.close();
            throw e;
        }
    }

    /** How long nothing but a blinking cursor has changed on the screen; zero once the connection is over. */
    public Duration stillFor() {
        lock.lock();
        try {
            return ended ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastChangeNanos);
        } finally {
            lock.unlock();
        }
    }

    /** How often the screen has changed so far. */
    public long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the screen has changed more than {@code seen} times; false when it has not within {@code limit}. */
    public boolean awaitChange(long seen, Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        lock.lockInterruptibly();
        try {
            while (changes <= seen && !ended && left > 0) {
                left = changed.awaitNanos(left);
            }
            return changes > seen;
        } finally {
            lock.unlock();
        }
    }

    /** Presses and releases a key, by its X keysym. */
    public void press(int keysym) throws IOException {
        conversation.key(keysym, true);
        conversation.key(keysym, false);
    }

    /** Moves the pointer to a place given in thousandths of width and height. */
    public void point(int x, int y) throws IOException {
        conversation.point(conversation.width() * x / 1000, conversation.height() * y / 1000);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(ScreenWatch.class.getName()).log(System.Logger.Level.DEBUG, "closing a VNC connection", e);
        }
    }

    private void run() {
        try {
            conversation.greet();
            first.complete(conversation.firstFrame());
            while (channel.isOpen()) {
                note(conversation.nextChange(), false);
            }
        } catch (IOException | RuntimeException e) {
            first.completeExceptionally(e);
        } finally {
            note(Long.MAX_VALUE, true);
        }
    }

    private void note(long pixels, boolean over) {
        lock.lock();
        try {
            changes++;
            lastChangeNanos = pixels > LITTLE ? System.nanoTime() : lastChangeNanos;
            ended = over;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
