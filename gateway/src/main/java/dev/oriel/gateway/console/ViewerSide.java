package dev.oriel.gateway.console;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.gateway.frame.FrameListener;
import dev.oriel.gateway.frame.FrameParser;
import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.rfb.RfbUpstream;
import dev.oriel.gateway.wire.Chunk;
import dev.oriel.gateway.wire.Wire;
import dev.oriel.gateway.wire.WireListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The viewer's socket of an open console. What comes from it is parsed in place and goes through the RFB filter, and
 * what one read let through is one write to the VM. Nothing more is read until that write, and the answer to a ping,
 * have gone. Also asks a silent viewer whether it lives.
 */
final class ViewerSide implements WireListener, FrameListener {
    private final Console console;
    private final Wire wire;
    private final Outlet outlet;
    private final FrameParser parser = new FrameParser(this);
    private final RfbUpstream filter;

    private boolean ponging;
    private boolean pinged;
    private long lastHeard = System.nanoTime();
    private long pingSent;

    ViewerSide(Console console, Wire wire) {
        this.console = console;
        this.wire = wire;
        this.outlet = new Outlet(wire);
        this.filter = new RfbUpstream(console.ticket().permission());
    }

    Wire wire() {
        return wire;
    }

    Outlet outlet() {
        return outlet;
    }

    @Override
    public void readable() {
        LoopShare share = LoopShare.here();
        int count = wire.receive(share.read, 0, LoopShare.VIEWER_READ);
        if (count < 0) {
            console.viewerGone();
        } else if (count > 0) {
            take(share.read.bytes().setIndex(0, count));
        }
    }

    /** Takes what the viewer sent, which is unmasked in place. */
    void take(ByteBuf bytes) {
        lastHeard = System.nanoTime();
        pinged = false;
        long inputs = filter.inputs();
        LoopShare.here().upstream.bytes().clear();
        parser.parse(bytes);
        forward(filter.inputs() != inputs);
        console.settle();
    }

    @Override
    public void writable() {
        if (outlet.drain()) {
            if (!outlet.isBusy()) {
                ponging = false;
                console.viewerDrained();
            }
            console.settle();
        } else {
            console.viewerGone();
        }
    }

    @Override
    public void broken() {
        console.viewerGone();
    }

    /** Whether to read on: a viewer waits for its own answers. */
    boolean isReadingOn() {
        return !ponging;
    }

    @Override
    public void data(ByteBuf buffer, int index, int length) {
        if (!console.isOpen()) {
            return;
        }
        if (!filter.accept(buffer, index, length, LoopShare.here().upstream.bytes())) {
            // What came before the offence was legal and goes first.
            forward(false);
            console.end(Ending.of(ErrorCode.RFB_PROTOCOL));
        }
    }

    @Override
    public void ping(byte[] payload, int length) {
        if (console.isOpen()) {
            ByteBuf pong = Unpooled.buffer(length + 2);
            Frames.writePong(pong, payload, length);
            say(pong);
            ponging = outlet.isBusy();
        }
    }

    /** Sends a small frame. The read buffer is in use, and so is the other: this has one of its own. */
    void say(ByteBuf frame) {
        Chunk chunk = LoopShare.here().control;
        int length = frame.readableBytes();
        chunk.bytes().setBytes(0, frame, frame.readerIndex(), length);
        if (!outlet.send(chunk, 0, length)) {
            console.viewerGone();
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
        LoopShare share = LoopShare.here();
        int length = share.upstream.bytes().readableBytes();
        if (length > 0) {
            console.toVm(share.upstream, length, input);
            share.upstream.bytes().clear();
        }
    }

    /** Lets input through from now on, or no longer. */
    void drive(boolean mayDrive) {
        ByteBuf releases = LoopShare.here().upstream.bytes().clear();
        filter.drive(mayDrive, releases);
        forward(false);
    }

    /** Writes what lets go of all that this viewer holds; how many bytes that is. */
    int releaseAll(ByteBuf into) {
        filter.releaseAll(into.clear());
        return into.readableBytes();
    }

    /**
     * Its silence means nothing now: either the VM takes nothing, so the viewer is not read, or there are pictures on
     * their way to it, which it takes (or is cut for, as stalled), and our ping would wait behind them.
     */
    void excuse(long now) {
        lastHeard = now;
        pinged = false;
    }

    /** Sends a ping into a long silence; false when a ping stayed without any answer for as long again. */
    boolean isAlive(long now, long pingAfterNanos) {
        if (pinged) {
            return now - pingSent <= pingAfterNanos;
        }
        if (now - lastHeard > pingAfterNanos) {
            pinged = true;
            pingSent = now;
            ByteBuf ping = Unpooled.buffer(2);
            Frames.writePing(ping);
            say(ping);
        }
        return true;
    }
}
