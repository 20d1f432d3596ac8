package dev.oriel.gateway.recording;

import dev.oriel.core.console.RecordingStatus;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Records one VM's screen on a thread of its own, as a VNC client that only looks: what the server says is kept as it
 * comes, with times. It asks for pictures at its own pace, so a slow disk makes it ask later and costs nobody memory.
 * While the VM has no console it waits for one. Stops at its limits, on {@link #stop}, and, to be gone on with later, on
 * {@link #pause}.
 */
final class Recorder {
    private static final System.Logger LOG = System.getLogger(Recorder.class.getName());
    private static final int READ = 64 << 10;
    private static final long PACE_MILLIS = 200;
    private static final long RETRY_MILLIS = 500;
    /** A part that can be played by itself: whoever jumps to its end has to go through all of it. */
    private static final Duration USUAL_PART = Duration.ofMinutes(1);

    private static final Duration LONGEST_PART = Duration.ofMinutes(10);
    private static final long LARGEST_PART = 8L << 20;
    /** A part as small as this is no work to go through. */
    private static final long SMALL_PART = 512 << 10;

    private final RecordingFiles files;
    private final RecordingFiles.Wish wish;
    private final Path socket;
    private final long reserve;
    private final LongConsumer written;
    private final Thread thread;
    private final byte[] bytes = new byte[READ];
    private volatile boolean paused;
    private volatile Optional<String> reason = Optional.empty();
    private long before;

    /**
     * @param socket the VM's VNC socket, whether it is there or not
     * @param reserve bytes to leave free on the file system
     * @param written hears of bytes kept
     */
    Recorder(RecordingFiles files, RecordingFiles.Wish wish, Path socket, long reserve, LongConsumer written) {
        this.files = files;
        this.wish = wish;
        this.socket = socket;
        this.reserve = reserve;
        this.written = written;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("oriel-recorder-" + files.id())
                .start(this::run);
    }

    /** Ends it for good: {@code why} is kept. Returns when the files are whole, or after some seconds. */
    void stop(String why) {
        reason = Optional.of(why);
        leave();
    }

    /** Ends it for now: nothing is noted. */
    void pause() {
        paused = true;
        leave();
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    private void leave() {
        // Not interrupted, which would close its file: it looks up several times a second.
        try {
            thread.join(Duration.ofSeconds(3));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isWanted() {
        return !paused && reason.isEmpty();
    }

    private void run() {
        try {
            while (isWanted()) {
                before = files.bytes();
                recordPart();
            }
            if (reason.isPresent()) {
                files.end(reason.get());
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "a recording ended: {0}", e.toString());
            endQuietly();
        }
    }

    private void endQuietly() {
        try {
            files.end(RecordingStatus.NO_ROOM);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "its end could not be noted: {0}", e.toString());
        }
    }

    /** One connection to the VM, one part, or none when that shows nothing. Fails only when files do. */
    private void recordPart() throws IOException {
        checkLimits(0);
        try (Selector selector = Selector.open();
                SocketChannel vnc = connected()) {
            if (vnc == null || !record(vnc, selector)) {
                selector.select(RETRY_MILLIS);
            }
        }
    }

    /** False when the VM ended it. */
    private boolean record(SocketChannel vnc, Selector selector) throws IOException {
        long start = Duration.between(wish.startedAt(), Instant.now()).toMillis();
        try (PartFile part = new PartFile(files, Math.max(0, start), written)) {
            SelectionKey key = vnc.register(selector, SelectionKey.OP_READ);
            boolean goesOn = follow(new RecordedStream(vnc), selector, key, part);
            // What has ended stays readable: nobody can wait beside it.
            key.cancel();
            return goesOn;
        }
    }

    private @Nullable SocketChannel connected() throws IOException {
        if (!Files.exists(socket)) {
            return null;
        }
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // A VM that does not accept now is asked again; nobody waits for it here.
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(socket));
            return channel;
        } catch (IOException e) {
            channel.close();
            return null;
        }
    }

    private boolean follow(RecordedStream stream, Selector selector, SelectionKey key, PartFile part)
            throws IOException {
        long nextAsk = System.nanoTime();
        while (isWanted() && !isWholePart(part)) {
            selector.select(Math.max(1, (nextAsk - System.nanoTime()) / 1_000_000));
            selector.selectedKeys().clear();
            boolean shows = stream.isGreeted();
            int count = key.isReadable() ? stream.read(bytes) : 0;
            if (count < 0) {
                return false;
            }
            if (count > 0) {
                if (shows) {
                    part.show(bytes, count);
                } else {
                    part.greet(bytes, count);
                }
                checkLimits(part.bytes());
            }
            if (System.nanoTime() >= nextAsk) {
                part.rest();
                part.flush();
                checkLimits(part.bytes());
                stream.ask();
                nextAsk = System.nanoTime() + PACE_MILLIS * 1_000_000;
            }
        }
        return true;
    }

    private static boolean isWholePart(PartFile part) {
        long age = part.ageMillis();
        return part.bytes() >= LARGEST_PART
                || age >= LONGEST_PART.toMillis()
                || (age >= USUAL_PART.toMillis() && part.bytes() >= SMALL_PART);
    }

    private void checkLimits(long inPart) throws IOException {
        if (before + inPart + READ > wish.maxBytes()) {
            reason = Optional.of(RecordingStatus.FULL);
        } else if (Duration.between(wish.startedAt(), Instant.now()).compareTo(wish.maxLength()) > 0) {
            reason = Optional.of(RecordingStatus.LONG);
        } else if (files.usableBytes() < reserve) {
            reason = Optional.of(RecordingStatus.NO_ROOM);
        }
    }
}
