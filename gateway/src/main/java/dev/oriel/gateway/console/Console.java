package dev.oriel.gateway.console;

import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.metrics.GatewayMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One console from its admission to its end: a viewer's socket, a VNC socket, and what passes between them. Lives on
 * the viewer's event loop; {@link #end}, {@link #ticket}, {@link #isOpen} and {@link #describe} may be called from
 * anywhere.
 *
 * <p>Ending has an order: keys that the viewer holds are let go before the VNC socket closes, and the viewer gets a
 * close frame that says why, and {@link ConsoleLimits#closing} to answer it.
 */
public final class Console {
    private static final System.Logger LOG = System.getLogger(Console.class.getName());

    private enum State {
        OPENING,
        OPEN,
        CLOSING,
        CLOSED
    }

    private final ConsoleTicket ticket;
    private final String address;
    private final Channel viewer;
    private final ConsoleRegistry registry;
    private final GatewayMetrics metrics;
    private final ConsoleLimits limits;
    private final ViewerHandler upstream;
    private final Downstream downstream;

    private @Nullable Channel vnc;
    private @Nullable ScheduledFuture<?> watch;
    private @Nullable ScheduledFuture<?> visit;
    private volatile boolean controls;
    private volatile boolean drives;
    private volatile State state = State.OPENING;
    private volatile Instant openedAt = Instant.EPOCH;
    private volatile Instant lastInputAt = Instant.EPOCH;

    /** {@code address} is the viewer's as far as it is known, else empty. */
    public Console(
            ConsoleTicket ticket,
            String address,
            Channel viewer,
            ConsoleRegistry registry,
            GatewayMetrics metrics,
            ConsoleLimits limits) {
        this.ticket = ticket;
        this.address = address;
        this.viewer = viewer;
        this.registry = registry;
        this.metrics = metrics;
        this.limits = limits;
        this.drives = mayDrive();
        this.upstream = new ViewerHandler(this, ticket.permission(), viewer, limits.pingAfter());
        this.downstream = new Downstream(viewer, limits.stall());
        viewer.closeFuture().addListener(closed -> viewerGone());
    }

    public ConsoleTicket ticket() {
        return ticket;
    }

    String address() {
        return address;
    }

    /** Whether its ticket lets it ever send input. */
    public boolean mayDrive() {
        return ticket.permission() == ConsolePermission.DRIVE;
    }

    /** Tells it whether it has control, and whether its input counts now. */
    void steer(boolean hasControl, boolean inputCounts) {
        controls = hasControl;
        boolean now = inputCounts && mayDrive();
        if (drives != now) {
            drives = now;
            viewer.eventLoop().execute(() -> upstream.drive(drives));
        }
    }

    public boolean isOpen() {
        return state == State.OPEN;
    }

    /** Whether the viewer may still be let in: false after a revocation, or when it went away. */
    public boolean isOpening() {
        return state == State.OPENING;
    }

    /** This console as {@code GET /consoles} lists it. */
    public OpenConsole describe() {
        return new OpenConsole(
                ticket.id(),
                ticket.vm(),
                ticket.user(),
                ticket.login(),
                ticket.session(),
                ticket.permission(),
                controls,
                drives,
                openedAt,
                lastInputAt,
                ticket.guest());
    }

    /** Takes the VM's VNC socket, connected and not read yet; closes it at once when the viewer went away meanwhile. */
    public void attach(Channel vncSocket) {
        vnc = vncSocket;
        if (!isOpening()) {
            var _ = vncSocket.close();
        }
    }

    /** The handler of the VNC socket, to be in its pipeline from the start. */
    public ChannelHandler vncHandler() {
        return new VncHandler(this);
    }

    /** Starts the relay: the 101 answer was written, the HTTP handlers are out of the viewer's pipeline. */
    public void open() {
        Channel socket = vnc;
        if (!isOpening() || socket == null) {
            return;
        }
        openedAt = Instant.now();
        lastInputAt = openedAt;
        state = State.OPEN;
        metrics.consoleOpened();
        viewer.pipeline().addLast(upstream);
        upstream.connect(socket);
        long period = Math.max(
                10, Math.min(limits.stall().toMillis(), limits.pingAfter().toMillis()) / 6);
        watch = viewer.eventLoop().scheduleWithFixedDelay(this::watch, period, period, TimeUnit.MILLISECONDS);
        ticket.guest().ifPresent(this::endVisitInTime);
        LOG.log(System.Logger.Level.INFO, "console opened: vm {0}, session {1}", ticket.vm(), ticket.session());
        if (socket.isActive()) {
            viewer.read();
            socket.read();
        } else {
            endNow(Ending.of(ErrorCode.VM_GONE));
        }
    }

    private void endVisitInTime(Guest guest) {
        long left = Math.max(0, Duration.between(Instant.now(), guest.until()).toMillis());
        visit = viewer.eventLoop()
                .schedule(() -> endNow(Ending.of(ErrorCode.SHARE_ENDED)), left, TimeUnit.MILLISECONDS);
    }

    /** Gives the place of a console that was never opened back. Harmless otherwise. */
    public void abandon() {
        if (state == State.OPENING) {
            state = State.CLOSED;
            closeVnc();
            registry.leave(this);
        }
    }

    /** Ends the console; harmless when it is ending already. */
    public void end(Ending ending) {
        if (viewer.eventLoop().inEventLoop()) {
            endNow(ending);
        } else {
            viewer.eventLoop().execute(() -> endNow(ending));
        }
    }

    private void endNow(Ending ending) {
        if (state == State.OPENING) {
            abandon();
        } else if (state == State.OPEN) {
            leaveOpen(State.CLOSING, ending);
            ByteBuf frame = viewer.alloc().directBuffer(Frames.MAX_CONTROL + 2);
            Frames.writeClose(frame, ending.closeCode(), ending.reason());
            var _ = viewer.writeAndFlush(frame);
            later(limits.closing(), viewer);
            viewer.read();
        }
    }

    /** The viewer sent a close frame: answer it in kind; when it was the answer to ours, that was all. */
    void viewerClosed(int code) {
        if (state != State.OPEN) {
            var _ = viewer.close();
            return;
        }
        leaveOpen(State.CLOSING, Ending.VIEWER_LEFT);
        ByteBuf frame = viewer.alloc().directBuffer(Frames.MAX_CONTROL + 2);
        if (code == 1005) {
            Frames.writeBareClose(frame);
        } else {
            Frames.writeClose(frame, code, "");
        }
        viewer.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE);
        later(limits.closing(), viewer);
    }

    private void viewerGone() {
        if (state == State.OPEN) {
            leaveOpen(State.CLOSED, Ending.CONNECTION_LOST);
        }
        abandon();
        state = State.CLOSED;
        registry.leave(this);
    }

    private void leaveOpen(State next, Ending ending) {
        state = next;
        if (watch != null) {
            watch.cancel(false);
        }
        if (visit != null) {
            visit.cancel(false);
        }
        metrics.consoleClosed(ending.reason());
        LOG.log(System.Logger.Level.INFO, "console closed: vm {0}, {1}", ticket.vm(), ending.reason());
        letGo();
    }

    /**
     * Lets go of the viewer's keys, then of the VNC socket. QEMU reads nothing more from a socket once that is closed
     * both ways, so only our side closes first, and QEMU's answer to that is awaited.
     */
    private void letGo() {
        Channel socket = vnc;
        if (socket == null || !socket.isActive()) {
            return;
        }
        ByteBuf releases = socket.alloc().directBuffer(64);
        upstream.releaseKeys(releases);
        boolean quiet = !releases.isReadable();
        // Behind what still waits to be written: a message is never cut in two.
        ChannelFuture last = socket.writeAndFlush(releases);
        if (quiet && last.isDone()) {
            var _ = socket.close();
            return;
        }
        last.addListener(written -> {
            if (quiet || !(socket instanceof DuplexChannel duplex)) {
                var _ = socket.close();
            } else if (duplex.isActive()) {
                var _ = duplex.shutdownOutput();
            }
        });
        later(limits.closing(), socket);
        socket.read();
    }

    private void closeVnc() {
        if (vnc != null) {
            var _ = vnc.close();
        }
    }

    private static void later(Duration delay, Channel channel) {
        ScheduledFuture<?> timer = channel.eventLoop()
                .schedule(
                        () -> {
                            var _ = channel.close();
                        },
                        delay.toMillis(),
                        TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> timer.cancel(false));
    }

    /** The VM's side closed: its process ended, or it refuses this client. */
    void vncGone() {
        endNow(Ending.of(ErrorCode.VM_GONE));
    }

    /** Bytes from the VM, with headroom for a frame header; released here or when written. */
    void fromVm(ByteBuf bytes) {
        if (state != State.OPEN) {
            bytes.release();
            return;
        }
        metrics.sentToViewer(bytes.readableBytes());
        downstream.send(bytes, this::readVm);
    }

    /** Reads from the VM when the viewer has taken all there was. */
    void readVm() {
        if (vnc != null && (state != State.OPEN || !downstream.isBusy())) {
            vnc.read();
        }
    }

    void sentToVm(int bytes, boolean input) {
        metrics.sentToVm(bytes);
        if (input) {
            lastInputAt = Instant.now();
        }
    }

    private void watch() {
        long now = System.nanoTime();
        if (downstream.isStalled(now)) {
            endNow(Ending.of(ErrorCode.VIEWER_TOO_SLOW));
        } else if (!downstream.isBusy() && !upstream.isAlive(now)) {
            // No close frame: nobody is there to read it.
            leaveOpen(State.CLOSED, Ending.CONNECTION_LOST);
            var _ = viewer.close();
        }
    }
}
