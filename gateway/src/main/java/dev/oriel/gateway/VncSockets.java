package dev.oriel.gateway;

import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.door.VncConnector;
import dev.oriel.gateway.wire.Wire;
import dev.oriel.gateway.wire.Wires;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The VNC sockets of this host's VMs: {@code <sockets>/vnc/<vm>}. QEMU lets one connection wait to be accepted; the
 * kernel refuses the next one at once instead of queueing it, so a burst of viewers is a reason to try again, and a
 * missing or abandoned socket is not.
 */
final class VncSockets implements VncConnector, AutoCloseable {
    private static final long RETRY_MILLIS = 10;
    /** A viewer who made the VM has come by then; one that comes later connects as ever. */
    private static final Duration EARLY = Duration.ofSeconds(2);

    private final Wires wires;
    private final Path directory;
    private final Duration limit;
    private final EarlyConnections early;

    VncSockets(Wires wires, Path sockets, Duration limit) {
        this.wires = wires;
        this.directory = sockets.resolve("vnc");
        this.limit = limit;
        this.early = new EarlyConnections(wires, directory, EARLY);
    }

    @Override
    public Future<Wire> connect(IoEventLoop loop, VmId vm) {
        Promise<Wire> connected = loop.newPromise();
        Optional<Wire> waiting = early.take(vm);
        if (waiting.isPresent()) {
            return connected.setSuccess(waiting.get());
        }
        attempt(loop, directory.resolve(vm.toString()), System.nanoTime() + limit.toNanos(), connected);
        return connected;
    }

    @Override
    public void close() {
        early.close();
    }

    private void attempt(IoEventLoop loop, Path path, long deadline, Promise<Wire> connected) {
        try {
            connected.setSuccess(wires.connect(path));
        } catch (IOException e) {
            if (System.nanoTime() < deadline && mayBeBusy(e, path)) {
                var _ = loop.schedule(
                        () -> attempt(loop, path, deadline, connected), RETRY_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                connected.setFailure(e);
            }
        }
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
