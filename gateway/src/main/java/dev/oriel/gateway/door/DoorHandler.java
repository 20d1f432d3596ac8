package dev.oriel.gateway.door;

import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.gateway.metrics.GatewayMetrics;
import dev.oriel.gateway.metrics.Refusal;
import dev.oriel.gateway.recording.Recordings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP life of a connection: one request, answered or upgraded, within one deadline. Bodies are not read: no route
 * has one.
 */
public final class DoorHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final int MAX_LINE = 4096;
    private static final int MAX_HEADERS = 16384;

    private final Reception reception;
    private @Nullable ScheduledFuture<?> deadline;
    private boolean asked;

    private DoorHandler(Reception reception) {
        this.reception = reception;
    }

    /** Puts the HTTP handlers into a new connection's pipeline. */
    public static void enter(ChannelPipeline pipeline, Reception reception) {
        pipeline.addLast(new HttpServerCodec(MAX_LINE, MAX_HEADERS, 8192));
        pipeline.addLast(new DoorHandler(reception));
    }

    /**
     * Takes the HTTP handlers out after the upgrade: from then on bytes are frames.
     *
     * @return what came behind the request; to be released
     */
    static ByteBuf leave(ChannelPipeline pipeline) {
        ByteBuf early = Unpooled.buffer(0);
        pipeline.addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof ByteBuf bytes) {
                    early.writeBytes(bytes);
                }
                ReferenceCountUtil.release(message);
            }
        });
        pipeline.remove(DoorHandler.class);
        pipeline.remove(HttpServerCodec.class);
        return early;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        deadline = ctx.executor()
                .schedule(
                        () -> {
                            var _ = ctx.close();
                        },
                        reception.limits().handshake().toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (!(message instanceof HttpRequest request) || asked) {
            return;
        }
        asked = true;
        ctx.channel().config().setAutoRead(false);
        if (!request.decoderResult().isSuccess()) {
            reception.metrics().refused(Refusal.BAD_HANDSHAKE);
            Answers.refuse(ctx.channel(), request, Refusal.BAD_HANDSHAKE);
        } else if (request.uri().startsWith(Handshake.PATH)) {
            console(ctx, request);
        } else if (request.uri().startsWith(OpenConsole.PATH)) {
            new ConsoleDesk(reception, ctx.channel()).serve(request);
        } else if (request.uri().startsWith(RecordingStatus.PATH)) {
            recordings(ctx, request);
        } else if (!request.method().equals(HttpMethod.GET)) {
            Answers.error(ctx.channel(), request, ErrorCode.METHOD_NOT_ALLOWED, "Only GET is possible here.");
        } else {
            operate(ctx, request);
        }
    }

    private void console(ChannelHandlerContext ctx, HttpRequest request) {
        switch (Handshake.of(request, reception.host(), reception.origins())) {
            case Handshake.Sound sound -> new Admission(reception, ctx.channel(), request, sound).start();
            case Handshake.Refused refused -> {
                reception.metrics().refused(refused.why());
                Answers.refuse(ctx.channel(), request, refused.why());
            }
        }
    }

    private void recordings(ChannelHandlerContext ctx, HttpRequest request) {
        Recordings here = reception.recordings().orElse(null);
        if (!reception.isOurs(request)) {
            Answers.error(ctx.channel(), request, ErrorCode.UNAUTHENTICATED, "The gateway's secret is needed.");
        } else if (here == null) {
            Answers.error(ctx.channel(), request, ErrorCode.NOT_FOUND, "This gateway keeps no recordings.");
        } else {
            // Files block; the API asks seldom, and the deadline of the connection ends what hangs.
            Thread.ofVirtual().start(() -> new RecordingDesk(here, ctx.channel()).serve(request));
        }
    }

    private void operate(ChannelHandlerContext ctx, HttpRequest request) {
        boolean redisUp = reception.redis().isUp();
        switch (request.uri()) {
            case "/healthz" -> Answers.json(ctx.channel(), 200, Map.of("status", "up"));
            case "/readyz" -> {
                String word = redisUp ? "up" : "down";
                Map<String, Object> body = Map.of("status", word, "components", Map.of("redis", word));
                Answers.json(ctx.channel(), redisUp ? 200 : 503, body);
            }
            case "/metrics" ->
                Answers.text(
                        ctx.channel(),
                        200,
                        GatewayMetrics.CONTENT_TYPE,
                        reception.metrics().text(reception.registry()::openCount, redisUp));
            default -> Answers.error(ctx.channel(), request, ErrorCode.NOT_FOUND, "There is nothing here.");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
