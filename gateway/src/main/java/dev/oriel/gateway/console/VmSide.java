package dev.oriel.gateway.console;

import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.wire.Wire;
import dev.oriel.gateway.wire.WireListener;
import io.netty.buffer.ByteBuf;

/** The VNC socket of an open console: each read becomes one binary frame and one write to the viewer. */
final class VmSide implements WireListener {
    private final Console console;
    private final Wire wire;
    private final Outlet outlet;

    VmSide(Console console, Wire wire) {
        this.console = console;
        this.wire = wire;
        this.outlet = new Outlet(wire);
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
        int count = wire.receive(share.read, LoopShare.AT, LoopShare.READ);
        if (count < 0) {
            console.vncGone();
        } else if (count > 0 && console.isOpen()) {
            ByteBuf frame = share.read.bytes().setIndex(LoopShare.AT, LoopShare.AT + count);
            Frames.prependBinaryHeader(frame);
            console.toViewer(share.read, frame.readerIndex(), frame.readableBytes(), count);
        }
    }

    @Override
    public void writable() {
        if (outlet.drain()) {
            console.vmDrained();
            console.settle();
        } else {
            console.vncGone();
        }
    }

    @Override
    public void broken() {
        console.vncGone();
    }
}
