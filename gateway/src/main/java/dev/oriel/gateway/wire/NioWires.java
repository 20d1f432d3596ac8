package dev.oriel.gateway.wire;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/** Wires on the JDK's selectors: slower and larger, for where Netty's native library does not load. */
public final class NioWires implements Wires {
    @Override
    public Wire adopt(Channel deregistered) {
        return new NioWire(((Door) deregistered).socket());
    }

    @Override
    public Wire connect(Path path) throws IOException {
        SocketChannel socket = SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
        try {
            socket.configureBlocking(false);
            if (!socket.connect(UnixDomainSocketAddress.of(path))) {
                throw new IOException("not connected at once");
            }
            return new NioWire(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Accepts connections whose sockets can be taken out. */
    public static final class Listener extends NioServerSocketChannel {
        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            SocketChannel socket = javaChannel().accept();
            if (socket == null) {
                return 0;
            }
            accepted.add(new Door(this, socket));
            return 1;
        }
    }

    private static final class Door extends NioSocketChannel {
        Door(Channel parent, SocketChannel socket) {
            super(parent, socket);
        }

        SocketChannel socket() {
            return javaChannel();
        }
    }
}
