package dev.oriel.gateway.console;

import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.gateway.frame.FrameListener;
import dev.oriel.gateway.frame.FrameParser;
import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.rfb.RfbUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The way from viewer to VM: frames are parsed in place, what they carry goes through the RFB filter, and whatever one
 * read let through is one write. Nothing more is read from the viewer until that write, and the answer to a ping, have
 * gone. Also asks a silent viewer whether it lives.
 */
final class ViewerHandler extends ChannelInboundHandlerAdapter implements FrameListener {
    private final Console console;
    private final Channel viewer;
    private final FrameParser parser = new FrameParser(this);
    private final RfbUpstream filter;
    private final long pingAfterNanos;

    private @Nullable Channel vnc;
    private @Nullable ByteBuf out;
    private int waiting;
    private long lastHeard = System.nanoTime();
    private long pingSent;
    private boolean pinged;

    ViewerHandler(Console console, ConsolePermission permission, Channel viewer, Duration pingAfter) {
        this.console = console;
        this.viewer = viewer;
        this.filter = new RfbUpstream(permission);
        this.pingAfterNanos = pingAfter.toNanos();
    }

    void connect(Channel vncSocket) {
        vnc = vncSocket;
        lastHeard = System.nanoTime();
    }

    void releaseKeys(ByteBuf releases) {
        filter.releaseAll(releases);
    }

    /** Lets input through from now on, or no longer. */
    void drive(boolean mayDrive) {
        ByteBuf releases = viewer.alloc().directBuffer(64);
        filter.drive(mayDrive, releases);
        if (vnc != null && releases.isReadable()) {
            await(vnc.writeAndFlush(releases));
        } else {
            releases.release();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        lastHeard = System.nanoTime();
        pinged = false;
        long inputs = filter.inputs();
        try {
            parser.parse(bytes);
        } finally {
            bytes.release();
            forward(filter.inputs() != inputs);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readMore();
    }

    @Override
    public void data(ByteBuf buffer, int index, int length) {
        if (!console.isOpen()) {
            return;
        }
        if (out == null) {
            out = viewer.alloc().directBuffer(length + 16);
        }
        if (!filter.accept(buffer, index, length, out)) {
            // What came before the offence was legal and goes first.
            forward(false);
            console.end(Ending.of(ErrorCode.RFB_PROTOCOL));
        }
    }

    @Override
    public void ping(byte[] payload, int length) {
        if (console.isOpen()) {
            ByteBuf pong = viewer.alloc().directBuffer(length + 2);
            Frames.writePong(pong, payload, length);
            await(viewer.writeAndFlush(pong));
        }
    }

    @Override
    public void closed(int code) {
        forward(false);
        console.viewerClosed(code);
    }

    @Override
    public void violated(int closeCode, String why) {
        forward(false);
        console.end(Ending.frameViolation(closeCode));
    }

    private void forward(boolean input) {
        ByteBuf legal = out;
        out = null;
        if (legal == null) {
            return;
        }
        if (vnc == null || !legal.isReadable() || !console.isOpen()) {
            legal.release();
            return;
        }
        console.sentToVm(legal.readableBytes(), input);
        await(vnc.writeAndFlush(legal));
    }

    private void await(ChannelFuture write) {
        if (!write.isDone()) {
            waiting++;
            write.addListener(done -> {
                waiting--;
                readMore();
            });
        }
    }

    private void readMore() {
        if (waiting == 0 || !console.isOpen()) {
            viewer.read();
        }
    }

    /** Sends a ping into a long silence; false when a ping stayed without any answer for as long again. */
    boolean isAlive(long now) {
        if (waiting > 0) {
            // The VM takes nothing, so the viewer is not read: its silence is ours.
            lastHeard = now;
            pinged = false;
            return true;
        }
        if (pinged) {
            return now - pingSent <= pingAfterNanos;
        }
        if (now - lastHeard > pingAfterNanos) {
            pinged = true;
            pingSent = now;
            ByteBuf ping = viewer.alloc().directBuffer(2);
            Frames.writePing(ping);
            var _ = viewer.writeAndFlush(ping);
        }
        return true;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
