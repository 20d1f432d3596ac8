package dev.oriel.gateway.console;

import dev.oriel.gateway.wire.Chunk;
import dev.oriel.gateway.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * The way out through one wire. What the socket does not take at once is kept, and nothing else: whoever sends then
 * stops reading where its bytes come from, which bounds a slow reader's memory by one read. Only on the loop's thread.
 */
final class Outlet {
    private static final System.Logger LOG = System.getLogger(Outlet.class.getName());
    private static final int SLACK = 1024;

    private final Wire wire;
    private @Nullable Chunk rest;
    private int restAt;
    private int restEnd;
    private long lastMoved;

    Outlet(Wire wire) {
        this.wire = wire;
    }

    /** Sends, or keeps what is not taken; false when the connection is broken. */
    boolean send(Chunk chunk, int at, int length) {
        if (rest != null) {
            append(rest, chunk, at, length);
            return true;
        }
        int sent = wire.send(chunk, at, length);
        if (sent == length) {
            return true;
        }
        if (sent < 0) {
            return false;
        }
        lastMoved = System.nanoTime();
        return keep(chunk, at + sent, length - sent);
    }

    private boolean keep(Chunk chunk, int at, int length) {
        Chunk kept;
        try {
            kept = Chunk.of(length);
        } catch (OutOfMemoryError e) {
            // Too many slow readers for this process: the newest of them goes, the others stay.
            LOG.log(System.Logger.Level.WARNING, "no memory for a slow reader: {0}", e.getMessage());
            return false;
        }
        kept.bytes().setBytes(0, chunk.bytes(), at, length);
        rest = kept;
        restAt = 0;
        restEnd = length;
        return true;
    }

    /** Behind what waits: only an answer to a viewer's own ping, or a goodbye, ever comes here. */
    private void append(Chunk present, Chunk chunk, int at, int length) {
        if (present.bytes().capacity() - restEnd < length) {
            Chunk larger = Chunk.of(restEnd - restAt + length + SLACK);
            larger.bytes().setBytes(0, present.bytes(), restAt, restEnd - restAt);
            restEnd -= restAt;
            restAt = 0;
            present.release();
            rest = larger;
            append(larger, chunk, at, length);
            return;
        }
        present.bytes().setBytes(restEnd, chunk.bytes(), at, length);
        restEnd += length;
    }

    /** Sends on, as there is room; false when the connection is broken. */
    boolean drain() {
        Chunk present = rest;
        if (present == null) {
            return true;
        }
        int sent = wire.send(present, restAt, restEnd - restAt);
        if (sent < 0) {
            return false;
        }
        if (sent > 0) {
            lastMoved = System.nanoTime();
            restAt += sent;
        }
        if (restAt == restEnd) {
            forget();
        }
        return true;
    }

    boolean isBusy() {
        return rest != null;
    }

    /** Whether the socket has taken no byte for {@code nanos} although some wait. */
    boolean isStalled(long now, long nanos) {
        return rest != null && now - lastMoved > nanos;
    }

    /** Gives up what waits. */
    void forget() {
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }
}
