package dev.oriel.gateway.frame;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Writes server-to-client WebSocket frames: unmasked, so a payload passes as it came. Stateless. */
public final class Frames {
    /** The longest header of an unmasked frame, in bytes: the headroom to leave before a payload. */
    public static final int MAX_HEADER = 10;
    /** The longest payload of a control frame, in bytes (RFC 6455, 5.5). */
    public static final int MAX_CONTROL = 125;

    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private static final int FIN = 0x80;

    private Frames() {}

    /**
     * Turns a buffer's readable bytes into one binary frame by writing the header right in front of them.
     *
     * @param payload has at least {@link #MAX_HEADER} bytes before its reader index
     */
    public static void prependBinaryHeader(ByteBuf payload) {
        int length = payload.readableBytes();
        if (length <= MAX_CONTROL) {
            int start = payload.readerIndex() - 2;
            payload.setByte(start, FIN | BINARY).setByte(start + 1, length).readerIndex(start);
        } else if (length <= 0xFFFF) {
            int start = payload.readerIndex() - 4;
            payload.setByte(start, FIN | BINARY)
                    .setByte(start + 1, 126)
                    .setShort(start + 2, length)
                    .readerIndex(start);
        } else {
            int start = payload.readerIndex() - 10;
            payload.setByte(start, FIN | BINARY)
                    .setByte(start + 1, 127)
                    .setLong(start + 2, length)
                    .readerIndex(start);
        }
    }

    public static void writePing(ByteBuf out) {
        out.writeByte(FIN | PING).writeByte(0);
    }

    /** Answers a ping with its own payload of at most {@link #MAX_CONTROL} bytes. */
    public static void writePong(ByteBuf out, byte[] payload, int length) {
        out.writeByte(FIN | PONG).writeByte(length).writeBytes(payload, 0, length);
    }

    /** A close frame; {@code reason} is ASCII and short. */
    public static void writeClose(ByteBuf out, int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
        int length = Math.min(text.length, MAX_CONTROL - 2);
        out.writeByte(FIN | CLOSE).writeByte(2 + length).writeShort(code).writeBytes(text, 0, length);
    }

    /** A close frame without a code: the answer to one that had none. */
    public static void writeBareClose(ByteBuf out) {
        out.writeByte(FIN | CLOSE).writeByte(0);
    }
}
