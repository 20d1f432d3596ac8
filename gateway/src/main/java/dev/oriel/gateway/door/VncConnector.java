package dev.oriel.gateway.door;

import dev.oriel.core.vm.VmId;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;

/** Connects to a VM's VNC socket. */
@FunctionalInterface
public interface VncConnector {
    /** Starts connecting on {@code loop}, with a deadline; the channel reads nothing until it is told to. */
    ChannelFuture connect(EventLoop loop, VmId vm, ChannelHandler handler);
}
