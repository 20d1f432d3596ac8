package dev.oriel.gateway;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.function.Function;

/** Netty's classes for sockets: epoll where its native library loads, else the JDK's selectors. */
record GatewayTransport(
        String name,
        IoHandlerFactory io,
        Class<? extends ServerChannel> server,
        Class<? extends Channel> unixSocket,
        Function<Path, SocketAddress> unixAddress) {
    static GatewayTransport best() {
        return Epoll.isAvailable() ? epoll() : nio();
    }

    static GatewayTransport epoll() {
        return new GatewayTransport(
                "epoll",
                EpollIoHandler.newFactory(),
                EpollServerSocketChannel.class,
                EpollDomainSocketChannel.class,
                path -> new DomainSocketAddress(path.toFile()));
    }

    static GatewayTransport nio() {
        return new GatewayTransport(
                "nio",
                NioIoHandler.newFactory(),
                NioServerSocketChannel.class,
                NioDomainSocketChannel.class,
                UnixDomainSocketAddress::of);
    }
}
