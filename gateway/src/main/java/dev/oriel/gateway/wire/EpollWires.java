package dev.oriel.gateway.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Wires on epoll, through Netty's native library. */
public final class EpollWires implements Wires {
    @Override
    public Wire adopt(Channel deregistered) {
        return new EpollWire(new Socket(((UnixChannel) deregistered).fd().intValue()));
    }

    @Override
    public Wire connect(Path path) throws IOException {
        Socket socket = Socket.newSocketDomain();
        try {
            if (!socket.connect(new DomainSocketAddress(path.toFile()))) {
                throw new IOException("not connected at once");
            }
            return new EpollWire(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Where {@code bytes} lie; 0 without epoll, where nobody asks. */
    static long address(ByteBuf bytes, ByteBuffer view) {
        if (bytes.hasMemoryAddress()) {
            return bytes.memoryAddress();
        }
        return Epoll.isAvailable() ? Buffer.memoryAddress(view) : 0;
    }
}
