package dev.oriel.gateway.wire;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoEvent;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A channel of the JDK in an event loop's selector. */
final class NioWire implements Wire, NioIoHandle {
    private static final System.Logger LOG = System.getLogger(NioWire.class.getName());
    private static final NioIoOps[] OPS = {NioIoOps.NONE, NioIoOps.READ, NioIoOps.WRITE, NioIoOps.READ_AND_WRITE};

    private final SocketChannel socket;
    private @Nullable IoRegistration registration;
    private @Nullable WireListener listener;
    private int wanted;

    NioWire(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public void join(IoEventLoop loop, WireListener hears) {
        listener = hears;
        registration = loop.register(this).getNow();
    }

    @Override
    public SelectableChannel selectableChannel() {
        return socket;
    }

    @Override
    public int receive(Chunk chunk, int at, int most) {
        try {
            return socket.read(chunk.window(at, most));
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public int send(Chunk chunk, int at, int length) {
        try {
            return socket.write(chunk.window(at, length));
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public void want(boolean read, boolean write) {
        int now = (read ? 1 : 0) | (write ? 2 : 0);
        IoRegistration present = registration;
        if (now != wanted && present != null && present.isValid()) {
            wanted = now;
            present.submit(OPS[now]);
        }
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
        WireListener hears = listener;
        NioIoOps seen = ((NioIoEvent) event).ops();
        if (hears == null) {
            return;
        }
        if (seen.contains(NioIoOps.WRITE)) {
            hears.writable();
        }
        if (seen.contains(NioIoOps.READ) && isOpen() && (wanted & 1) != 0) {
            hears.readable();
        }
    }

    @Override
    public void shutdownOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "shutdown: {0}", e.toString());
        }
    }

    @Override
    public void close() {
        IoRegistration present = registration;
        registration = null;
        if (present != null) {
            present.cancel();
        }
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "close: {0}", e.toString());
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }
}
