package dev.oriel.gateway.frame;

import io.netty.buffer.ByteBuf;

/** Hears what a {@link FrameParser} found, in order, on the thread that parses. */
public interface FrameListener {
    /** A stretch of a binary message, unmasked in place: valid only during the call. */
    void data(ByteBuf buffer, int index, int length);

    /** A ping; {@code payload} is valid only during the call. */
    void ping(byte[] payload, int length);

    /** The viewer closes; {@code code} is 1005 when it gave none. Nothing comes after. */
    void closed(int code);

    /** The viewer broke RFC 6455: close with {@code closeCode}. Nothing comes after. */
    void violated(int closeCode, String why);
}
