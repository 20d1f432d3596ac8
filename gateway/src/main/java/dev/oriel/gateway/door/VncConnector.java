package dev.oriel.gateway.door;

import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.wire.Wire;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;

/** Connects to a VM's VNC socket. */
@FunctionalInterface
public interface VncConnector {
    /** Starts connecting, with a deadline; the answer comes on {@code loop}, and the wire has not joined it yet. */
    Future<Wire> connect(IoEventLoop loop, VmId vm);
}
