package dev.oriel.gateway.console;

import dev.oriel.gateway.frame.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;

/**
 * The way from VM to viewer: one binary frame and one write for each read. What the viewer's socket does not take at
 * once stays here, and nothing more is read from the VM until it has gone: that bounds a slow viewer's memory by one
 * read. Notices a viewer that takes nothing at all.
 */
final class Downstream {
    private final Channel viewer;
    private final long stallNanos;

    private int writing;
    private long written;
    private long lastProgress;
    private long lastMoved;

    Downstream(Channel viewer, Duration stall) {
        this.viewer = viewer;
        this.stallNanos = stall.toNanos();
    }

    /** Sends {@code bytes} (headroom in front, released when written); {@code drained} runs if that takes until later. */
    void send(ByteBuf bytes, Runnable drained) {
        int length = bytes.readableBytes();
        Frames.prependBinaryHeader(bytes);
        ChannelFuture write = viewer.writeAndFlush(bytes);
        if (write.isDone()) {
            written += length;
            return;
        }
        if (writing++ == 0) {
            lastMoved = System.nanoTime();
        }
        write.addListener(done -> {
            writing--;
            written += length;
            drained.run();
        });
    }

    boolean isBusy() {
        return writing > 0;
    }

    /** Whether the viewer's socket has taken no byte for too long although some wait. */
    boolean isStalled(long now) {
        if (writing == 0) {
            return false;
        }
        ChannelOutboundBuffer pending = viewer.unsafe().outboundBuffer();
        long progress = written + (pending == null ? 0 : pending.currentProgress());
        if (progress != lastProgress) {
            lastProgress = progress;
            lastMoved = now;
        }
        return now - lastMoved > stallNanos;
    }
}
