package dev.oriel.gateway;

import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.console.SharedReadBuffer;
import dev.oriel.gateway.door.VncConnector;
import dev.oriel.gateway.frame.Frames;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The VNC sockets of this host's VMs: {@code <sockets>/vnc/<vm>}. QEMU lets one connection wait to be accepted; the
 * kernel refuses the next one at once instead of queueing it, so a burst of viewers is a reason to try again, and a
 * missing or abandoned socket is not.
 */
final class VncSockets implements VncConnector {
    /** What QEMU writes at once, and more than a socket buffer holds. */
    private static final int READ = 256 << 10;

    private static final long RETRY_MILLIS = 10;

    private final GatewayTransport transport;
    private final Path directory;
    private final Duration limit;
    private final SharedReadBuffer reads = new SharedReadBuffer(Frames.MAX_HEADER, READ);

    VncSockets(GatewayTransport transport, Path sockets, Duration limit) {
        this.transport = transport;
        this.directory = sockets.resolve("vnc");
        this.limit = limit;
    }

    @Override
    public Future<Channel> connect(EventLoop loop, VmId vm, Supplier<ChannelHandler> handler) {
        Promise<Channel> connected = loop.newPromise();
        attempt(loop, directory.resolve(vm.toString()), handler, System.nanoTime() + limit.toNanos(), connected);
        return connected;
    }

    private void attempt(
            EventLoop loop, Path path, Supplier<ChannelHandler> handler, long deadline, Promise<Channel> connected) {
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(transport.unixSocket())
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.RECVBUF_ALLOCATOR, reads)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) limit.toMillis())
                .handler(handler.get())
                .connect(transport.unixAddress().apply(path));
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                connected.setSuccess(connecting.channel());
            } else if (System.nanoTime() < deadline && mayBeBusy(done.cause(), path)) {
                var _ = loop.schedule(
                        () -> attempt(loop, path, handler, deadline, connected), RETRY_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                connected.setFailure(done.cause());
            }
        });
    }

    /**
     * Whether the kernel said EAGAIN: a type of its own for it exists neither in Netty, which says a {@link
     * ConnectException} with the number for everything but a missing file, nor in the JDK, which says a plain
     * SocketException for this and for a missing file.
     */
    private static boolean mayBeBusy(Throwable failure, Path path) {
        boolean busy = !(failure instanceof ConnectException)
                || String.valueOf(failure.getMessage()).contains("error(-11)");
        return busy && Files.exists(path);
    }
}
