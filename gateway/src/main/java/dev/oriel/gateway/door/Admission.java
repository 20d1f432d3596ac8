package dev.oriel.gateway.door;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.TicketVerdict;
import dev.oriel.gateway.console.Console;
import dev.oriel.gateway.metrics.Refusal;
import dev.oriel.gateway.ticket.Claim;
import dev.oriel.gateway.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.IoEventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The steps that let one viewer in, each on the viewer's event loop: verify the ticket's signature, compare it with
 * the address, find room, connect to the VM, use the ticket up, upgrade. The ticket is used up last, so that a VM that
 * does not answer costs nobody a ticket; the console is in the registry before that, so that a revocation finds it.
 */
final class Admission {
    private final Reception reception;
    private final Channel viewer;
    private final HttpRequest request;
    private final Handshake.Sound handshake;
    private final long began = System.nanoTime();

    Admission(Reception reception, Channel viewer, HttpRequest request, Handshake.Sound handshake) {
        this.reception = reception;
        this.viewer = viewer;
        this.request = request;
        this.handshake = handshake;
    }

    void start() {
        try {
            reception.verifying().execute(() -> {
                TicketVerdict verdict = reception.verifier().verify(handshake.ticket());
                onLoop(() -> verified(verdict));
            });
        } catch (RejectedExecutionException e) {
            refuse(Refusal.OVERLOADED, null);
        }
    }

    private void verified(TicketVerdict verdict) {
        if (!viewer.isActive()) {
            return;
        }
        switch (verdict) {
            case TicketVerdict.Refused refused ->
                refuse(refused.why().equals("expired") ? Refusal.TICKET_EXPIRED : Refusal.TICKET_INVALID, null);
            case TicketVerdict.Good good -> admit(good.ticket());
        }
    }

    private void admit(ConsoleTicket ticket) {
        if (!ticket.vm().equals(handshake.vm()) || !ticket.host().equals(reception.host())) {
            refuse(Refusal.TICKET_FOREIGN, null);
            return;
        }
        if (ticket.guest().isPresent()
                && !ticket.guest().get().until().isAfter(reception.clock().instant())) {
            refuse(Refusal.TICKET_EXPIRED, null);
            return;
        }
        Console console = new Console(
                ticket,
                ViewerAddress.of(viewer.remoteAddress(), request.headers()),
                (IoEventLoop) viewer.eventLoop(),
                reception.registry(),
                reception.metrics(),
                reception.limits());
        if (!reception.registry().enter(console)) {
            refuse(Refusal.CONSOLE_LIMIT, console);
            return;
        }
        viewer.closeFuture().addListener(closed -> console.abandon());
        Future<Wire> connecting = reception.vnc().connect((IoEventLoop) viewer.eventLoop(), ticket.vm());
        connecting.addListener(done -> connected(console, connecting));
    }

    private void connected(Console console, Future<Wire> connecting) {
        if (!connecting.isSuccess()) {
            refuse(Refusal.VM_GONE, console);
            return;
        }
        console.attach(connecting.getNow());
        reception.redis().claim(console.ticket()).thenAccept(claim -> onLoop(() -> claimed(console, claim)));
    }

    private void onLoop(Runnable step) {
        if (viewer.eventLoop().inEventLoop()) {
            step.run();
        } else {
            viewer.eventLoop().execute(step);
        }
    }

    private void claimed(Console console, Claim claim) {
        switch (claim) {
            case USED -> refuse(Refusal.TICKET_USED, console);
            case REVOKED -> refuse(Refusal.REVOKED, console);
            case UNAVAILABLE -> refuse(Refusal.REDIS_AWAY, console);
            case GRANTED -> {
                if (console.isOpening()) {
                    upgrade(console);
                } else {
                    refuse(Refusal.REVOKED, console);
                }
            }
        }
    }

    private void upgrade(Console console) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, "websocket")
                .set(HttpHeaderNames.CONNECTION, "Upgrade")
                .set("Sec-WebSocket-Accept", handshake.accept());
        if (handshake.binary()) {
            response.headers().set("Sec-WebSocket-Protocol", "binary");
        }
        viewer.writeAndFlush(response).addListener(written -> {
            if (written.isSuccess()) {
                ByteBuf early = DoorHandler.leave(viewer.pipeline());
                viewer.deregister().addListener(left -> handOver(console, early));
            } else {
                console.abandon();
                var _ = viewer.close();
            }
        });
    }

    /** The connection leaves Netty's channel, which is forgotten. */
    private void handOver(Console console, ByteBuf early) {
        if (viewer.isOpen()) {
            reception.doors().remove(viewer);
            reception.metrics().admitted(System.nanoTime() - began);
            console.open(reception.wires().adopt(viewer), early);
        }
        early.release();
    }

    private void refuse(Refusal why, @Nullable Console console) {
        if (console != null) {
            console.abandon();
        }
        reception.metrics().refused(why);
        if (viewer.isActive()) {
            Answers.refuse(viewer, request, why);
        }
    }
}
