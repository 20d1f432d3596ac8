package dev.oriel.gateway.door;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.Problem;
import dev.oriel.core.json.OrielJson;
import dev.oriel.gateway.metrics.Refusal;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** The gateway's plain HTTP answers: each ends its connection. */
final class Answers {
    private Answers() {}

    static void refuse(Channel channel, HttpRequest request, Refusal why) {
        FullHttpResponse response = problem(request, why.code(), why.status(), why.detail());
        switch (why) {
            case NOT_WEBSOCKET ->
                response.headers().set(HttpHeaderNames.UPGRADE, "websocket").set("Sec-WebSocket-Version", "13");
            case CONSOLE_LIMIT, REDIS_AWAY, OVERLOADED -> response.headers().set(HttpHeaderNames.RETRY_AFTER, "2");
            default -> {}
        }
        send(channel, response);
    }

    static void error(Channel channel, HttpRequest request, ErrorCode code, String detail) {
        FullHttpResponse response = problem(request, code, code.status(), detail);
        if (code == ErrorCode.UNAUTHENTICATED) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        } else if (code == ErrorCode.METHOD_NOT_ALLOWED) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET");
        }
        send(channel, response);
    }

    static void text(Channel channel, int status, String contentType, String body) {
        send(channel, response(status, contentType, body.getBytes(StandardCharsets.UTF_8)));
    }

    /** 204. */
    static void done(Channel channel) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER);
        response.headers().set(HttpHeaderNames.CONNECTION, "close");
        send(channel, response);
    }

    static void json(Channel channel, int status, Object body) {
        send(channel, response(status, "application/json", OrielJson.mapper().writeValueAsBytes(body)));
    }

    /** A file as it is now. */
    static void file(Channel channel, Path file) throws IOException {
        RandomAccessFile open = new RandomAccessFile(file.toFile(), "r");
        long length = open.length();
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream")
                .set(HttpHeaderNames.CONTENT_LENGTH, length)
                .set(HttpHeaderNames.CONNECTION, "close");
        var _ = channel.write(head);
        // The region closes the file.
        var _ = channel.write(new DefaultFileRegion(open.getChannel(), 0, length));
        channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(ChannelFutureListener.CLOSE);
    }

    private static FullHttpResponse problem(HttpRequest request, ErrorCode code, int status, String detail) {
        Map<String, Object> body = Problem.body(code, detail, requestId(request.headers()), Map.of("status", status));
        return response(status, Problem.MEDIA_TYPE, OrielJson.mapper().writeValueAsBytes(body));
    }

    /** The front door's request id when it has a harmless shape, else a new one. */
    private static String requestId(HttpHeaders headers) {
        String given = headers.get("X-Request-Id");
        return given != null && given.matches("[A-Za-z0-9-]{8,64}")
                ? given
                : UUID.randomUUID().toString();
    }

    private static FullHttpResponse response(int status, String contentType, byte[] body) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("X-Content-Type-Options", "nosniff")
                .set(HttpHeaderNames.CONNECTION, "close");
        return response;
    }

    private static void send(Channel channel, FullHttpResponse response) {
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
