package dev.oriel.gateway.wire;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A descriptor in an event loop's epoll set, level-triggered: one system call for each read and each write. */
final class EpollWire implements Wire, EpollIoHandle {
    private static final System.Logger LOG = System.getLogger(EpollWire.class.getName());
    private static final int IN = EpollIoOps.EPOLLIN.value();
    private static final int OUT = EpollIoOps.EPOLLOUT.value();
    /** EPOLLERR and EPOLLHUP: heard of whether wanted or not. */
    private static final int GONE = EpollIoOps.EPOLLERR.value() | 0x10;

    private static final EpollIoOps[] OPS = {
        EpollIoOps.EPOLLERR,
        EpollIoOps.EPOLLERR.with(EpollIoOps.EPOLLIN),
        EpollIoOps.EPOLLERR.with(EpollIoOps.EPOLLOUT),
        EpollIoOps.EPOLLERR.with(EpollIoOps.EPOLLIN).with(EpollIoOps.EPOLLOUT)
    };

    private final Socket socket;
    private @Nullable IoRegistration registration;
    private @Nullable WireListener listener;
    private int wanted;

    EpollWire(Socket socket) {
        this.socket = socket;
    }

    @Override
    public void join(IoEventLoop loop, WireListener hears) {
        listener = hears;
        registration = loop.register(this).getNow();
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public int receive(Chunk chunk, int at, int most) {
        try {
            return socket.recvAddress(chunk.address(), at, at + most);
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public int send(Chunk chunk, int at, int length) {
        try {
            return socket.sendAddress(chunk.address(), at, at + length);
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
        int seen = ((EpollIoEvent) event).ops().value();
        if (hears == null) {
            return;
        }
        if ((seen & OUT) != 0 && (wanted & 2) != 0) {
            hears.writable();
        }
        if ((seen & (IN | GONE)) != 0 && isOpen()) {
            if ((wanted & 1) != 0) {
                hears.readable();
            } else if ((seen & GONE) != 0) {
                hears.broken();
            }
        }
    }

    @Override
    public void shutdownOutput() {
        try {
            socket.shutdown(false, true);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "shutdown: {0}", e.toString());
        }
    }

    @Override
    public void close() {
        if (!socket.isOpen()) {
            return;
        }
        // First: a closed descriptor has left the epoll set by itself, and cancelling needs no system call for that.
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "close: {0}", e.toString());
        }
        IoRegistration present = registration;
        registration = null;
        if (present != null) {
            present.cancel();
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }
}
