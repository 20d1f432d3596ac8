package dev.oriel.gateway.door;

import dev.oriel.core.vm.VmId;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.function.Supplier;

/** Connects to a VM's VNC socket. */
@FunctionalInterface
public interface VncConnector {
    /** Starts connecting on {@code loop}, with a deadline; the channel reads nothing until it is told to. */
    Future<Channel> connect(EventLoop loop, VmId vm, Supplier<ChannelHandler> handler);
}
