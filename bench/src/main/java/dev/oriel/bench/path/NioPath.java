package dev.oriel.bench.path;

import dev.oriel.gateway.wire.Chunk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** One selector of the JDK, one thread. */
final class NioPath {
    private final Selector selector;
    private final Path target;

    NioPath(Path target) throws IOException {
        this.selector = Selector.open();
        this.target = target;
    }

    void serve(int port) throws IOException {
        ServerSocketChannel door = ServerSocketChannel.open();
        door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        door.configureBlocking(false);
        door.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(key -> {
                if (key.attachment() instanceof NioPort one) {
                    one.ready(key);
                } else {
                    accept(door);
                }
            });
        }
    }

    private void accept(ServerSocketChannel door) {
        try {
            SocketChannel viewer = door.accept();
            if (viewer != null) {
                viewer.setOption(StandardSocketOptions.TCP_NODELAY, true);
                var _ = new Pair(new NioPort(viewer, selector), this::connect);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Port connect() {
        try {
            SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
            socket.connect(UnixDomainSocketAddress.of(target));
            return new NioPort(socket, selector);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class NioPort extends Port {
        private final SocketChannel socket;
        private final SelectionKey key;

        NioPort(SocketChannel socket, Selector selector) throws IOException {
            this.socket = socket;
            socket.configureBlocking(false);
            this.key = socket.register(selector, 0, this);
        }

        void ready(SelectionKey seen) {
            if (seen.isValid() && seen.isWritable()) {
                owner().writable();
            }
            if (seen.isValid() && seen.isReadable()) {
                owner().readable();
            }
        }

        @Override
        int receive(Chunk chunk, int at, int most) {
            try {
                return socket.read(chunk.window(at, most));
            } catch (IOException e) {
                return -1;
            }
        }

        @Override
        int send(Chunk chunk, int at, int length) {
            try {
                return socket.write(chunk.window(at, length));
            } catch (IOException e) {
                return -1;
            }
        }

        @Override
        void want(boolean read, boolean write) {
            if (key.isValid()) {
                key.interestOps((read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0));
            }
        }

        @Override
        void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
