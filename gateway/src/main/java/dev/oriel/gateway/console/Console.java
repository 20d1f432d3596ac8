package dev.oriel.gateway.console;

import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.metrics.GatewayMetrics;
import dev.oriel.gateway.wire.Chunk;
import dev.oriel.gateway.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
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
    private final IoEventLoop loop;
    private final ConsoleRegistry registry;
    private final GatewayMetrics metrics;
    private final ConsoleLimits limits;

    private @Nullable Wire vncWire;
    private @Nullable ViewerSide viewer;
    private @Nullable VmSide vm;
    private @Nullable ScheduledFuture<?> visit;
    private long waitingSince;
    private volatile boolean controls;
    private volatile boolean drives;
    private volatile State state = State.OPENING;
    private volatile Instant openedAt = Instant.EPOCH;
    private volatile Instant lastInputAt = Instant.EPOCH;

    /** {@code address} is the viewer's as far as it is known, else empty; {@code loop} the one that its connection is on. */
    public Console(
            ConsoleTicket ticket,
            String address,
            IoEventLoop loop,
            ConsoleRegistry registry,
            GatewayMetrics metrics,
            ConsoleLimits limits) {
        this.ticket = ticket;
        this.address = address;
        this.loop = loop;
        this.registry = registry;
        this.metrics = metrics;
        this.limits = limits;
        this.drives = mayDrive();
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
            loop.execute(this::followDriving);
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

    private void followDriving() {
        if (viewer != null && isOpen()) {
            viewer.drive(drives);
            settle();
        }
    }

    /** Takes the VM's VNC socket, connected and not read yet; closes it at once when the viewer went away meanwhile. */
    public void attach(Wire vncSocket) {
        vncWire = vncSocket;
        if (!isOpening()) {
            vncSocket.close();
        }
    }

    /**
     * Starts the relay: the 101 answer was written.
     *
     * @param viewerSocket the viewer's connection, now the console's own
     * @param early what the viewer sent behind its request
     */
    public void open(Wire viewerSocket, ByteBuf early) {
        Wire socket = vncWire;
        if (!isOpening() || socket == null) {
            viewerSocket.close();
            metrics.connectionClosed();
            abandon();
            return;
        }
        openedAt = Instant.now();
        lastInputAt = openedAt;
        state = State.OPEN;
        metrics.consoleOpened();
        ViewerSide one = new ViewerSide(this, viewerSocket);
        VmSide other = new VmSide(this, socket);
        viewer = one;
        vm = other;
        one.drive(drives);
        viewerSocket.join(loop, one);
        socket.join(loop, other);
        LoopShare.here().add(this, loop, watchMillis());
        ticket.guest().ifPresent(this::endVisitInTime);
        LOG.log(System.Logger.Level.DEBUG, "console opened: vm {0}, session {1}", ticket.vm(), ticket.session());
        if (early.isReadable()) {
            one.take(early);
        }
        settle();
    }

    private long watchMillis() {
        return Math.max(
                10, Math.min(limits.stall().toMillis(), limits.pingAfter().toMillis()) / 6);
    }

    private void endVisitInTime(Guest guest) {
        long left = Math.max(0, Duration.between(Instant.now(), guest.until()).toMillis());
        visit = loop.schedule(() -> endNow(Ending.of(ErrorCode.SHARE_ENDED)), left, TimeUnit.MILLISECONDS);
    }

    /** Gives the place of a console that was never opened back. Harmless otherwise. */
    public void abandon() {
        if (state == State.OPENING) {
            state = State.CLOSED;
            if (vncWire != null) {
                vncWire.close();
            }
            registry.leave(this);
        }
    }

    /** Ends the console; harmless when it is ending already. */
    public void end(Ending ending) {
        if (loop.inEventLoop()) {
            endNow(ending);
        } else {
            loop.execute(() -> endNow(ending));
        }
    }

    private void endNow(Ending ending) {
        if (state == State.OPENING) {
            abandon();
        } else if (state == State.OPEN && viewer != null) {
            leaveOpen(State.CLOSING, ending);
            ByteBuf frame = Unpooled.buffer(Frames.MAX_CONTROL + 2);
            Frames.writeClose(frame, ending.closeCode(), ending.reason());
            viewer.say(frame);
            closeViewerIn(limits.closing());
            settle();
        }
    }

    /** The viewer sent a close frame: answer it in kind; when it was the answer to ours, that was all. */
    void viewerClosed(int code) {
        ViewerSide side = viewer;
        if (side == null) {
            return;
        }
        if (state != State.OPEN) {
            viewerGone();
            return;
        }
        leaveOpen(State.CLOSING, Ending.VIEWER_LEFT);
        ByteBuf frame = Unpooled.buffer(Frames.MAX_CONTROL + 2);
        if (code == 1005) {
            Frames.writeBareClose(frame);
        } else {
            Frames.writeClose(frame, code, "");
        }
        side.say(frame);
        if (side.outlet().isBusy()) {
            closeViewerIn(limits.closing());
        } else {
            viewerGone();
        }
    }

    /** The viewer's connection has ended, or is to end now. Harmless when it has. */
    void viewerGone() {
        ViewerSide side = viewer;
        if (side == null || !side.wire().isOpen()) {
            return;
        }
        if (state == State.OPEN) {
            leaveOpen(State.CLOSED, Ending.CONNECTION_LOST);
        }
        state = State.CLOSED;
        side.outlet().forget();
        side.wire().close();
        metrics.connectionClosed();
        registry.leave(this);
        settle();
    }

    private void closeViewerIn(Duration delay) {
        var _ = loop.schedule(this::viewerGone, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void leaveOpen(State next, Ending ending) {
        state = next;
        LoopShare.here().remove(this);
        if (visit != null) {
            visit.cancel(false);
        }
        metrics.consoleClosed(ending.reason());
        LOG.log(
                System.Logger.Level.INFO,
                "console closed: vm {0}, session {1}, open since {2}, {3}",
                ticket.vm(),
                ticket.session(),
                openedAt,
                ending.reason());
        letGo();
    }

    /**
     * Lets go of the viewer's keys, then of the VNC socket. QEMU reads nothing more from a socket once that is closed
     * both ways, so only our side closes first, and QEMU's answer to that is awaited.
     */
    private void letGo() {
        ViewerSide side = viewer;
        VmSide other = vm;
        if (side == null || other == null || !other.wire().isOpen()) {
            return;
        }
        Chunk releases = LoopShare.here().upstream;
        int length = side.releaseAll(releases.bytes());
        // Behind what still waits to be written: a message is never cut in two.
        if (length > 0 && !other.outlet().send(releases, 0, length)) {
            closeVm();
        } else if (length == 0 && !other.outlet().isBusy()) {
            closeVm();
        } else {
            vmDrained();
            var _ = loop.schedule(this::closeVm, limits.closing().toMillis(), TimeUnit.MILLISECONDS);
        }
        releases.bytes().clear();
    }

    private void closeVm() {
        if (vm != null) {
            vm.outlet().forget();
            vm.wire().close();
        }
    }

    /** The VM's side closed: its process ended, or it refuses this client. */
    void vncGone() {
        closeVm();
        endNow(Ending.of(ErrorCode.VM_GONE));
    }

    /** A frame from the VM; {@code payload} bytes of it are RFB. */
    void toViewer(Chunk chunk, int at, int length, int payload) {
        ViewerSide side = viewer;
        if (side == null) {
            return;
        }
        long began = System.nanoTime();
        metrics.sentToViewer(payload);
        if (!side.outlet().send(chunk, at, length)) {
            viewerGone();
        } else if (side.outlet().isBusy()) {
            waitingSince = began;
            settle();
        } else {
            metrics.relayed(System.nanoTime() - began);
        }
    }

    /** The viewer has taken all there was. */
    void viewerDrained() {
        if (waitingSince != 0) {
            metrics.relayed(System.nanoTime() - waitingSince);
            waitingSince = 0;
        }
    }

    /** What may pass from viewer to VM: the first {@code length} bytes of {@code chunk}. */
    void toVm(Chunk chunk, int length, boolean input) {
        VmSide side = vm;
        if (side == null || !isOpen()) {
            return;
        }
        metrics.sentToVm(length);
        if (input) {
            lastInputAt = Instant.now();
        }
        if (!side.outlet().send(chunk, 0, length)) {
            vncGone();
        }
    }

    /** All that was for the VM has gone: when the console is ending, that was the last of it. */
    void vmDrained() {
        VmSide side = vm;
        if (side != null && state != State.OPEN && !side.outlet().isBusy()) {
            side.wire().shutdownOutput();
        }
    }

    /** Tells both sockets what is waited for now: back-pressure is nothing more than not asking to read. */
    void settle() {
        ViewerSide one = viewer;
        VmSide other = vm;
        if (one == null || other == null) {
            return;
        }
        boolean open = state == State.OPEN;
        boolean toViewerWaits = one.outlet().isBusy();
        boolean toVmWaits = other.outlet().isBusy();
        if (one.wire().isOpen()) {
            one.wire().want(!open || (!toVmWaits && one.isReadingOn()), toViewerWaits);
        }
        if (other.wire().isOpen()) {
            other.wire().want(!open || !toViewerWaits, toVmWaits);
        }
    }

    /** Looks after the console from time to time. */
    void watch(long now) {
        ViewerSide side = viewer;
        if (side == null || state != State.OPEN) {
            return;
        }
        if (side.outlet().isStalled(now, limits.stall().toNanos())) {
            endNow(Ending.of(ErrorCode.VIEWER_TOO_SLOW));
        } else if (side.outlet().isBusy() || (vm != null && vm.outlet().isBusy())) {
            side.excuse(now);
            settle();
        } else if (!side.isAlive(now, limits.pingAfter().toNanos())) {
            // No close frame: nobody is there to read it.
            viewerGone();
        } else {
            settle();
        }
    }
}
