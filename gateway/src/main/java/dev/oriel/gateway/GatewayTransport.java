package dev.oriel.gateway;

import dev.oriel.gateway.wire.EpollWires;
import dev.oriel.gateway.wire.NioWires;
import dev.oriel.gateway.wire.Wires;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;

/** Netty's classes for sockets, and the wires that consoles use: epoll where its native library loads, else the JDK's selectors. */
record GatewayTransport(String name, IoHandlerFactory io, Class<? extends ServerChannel> server, Wires wires) {
    static GatewayTransport best() {
        return Epoll.isAvailable() ? epoll() : nio();
    }

    static GatewayTransport epoll() {
        return new GatewayTransport(
                "epoll", EpollIoHandler.newFactory(), EpollServerSocketChannel.class, new EpollWires());
    }

    static GatewayTransport nio() {
        return new GatewayTransport("nio", NioIoHandler.newFactory(), NioWires.Listener.class, new NioWires());
    }
}
