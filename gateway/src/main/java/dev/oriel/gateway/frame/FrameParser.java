package dev.oriel.gateway.frame;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads client-to-server WebSocket frames from bytes cut at any place (RFC 6455, 5.2): strict about masks, reserved
 * bits, opcodes, fragments and minimal lengths; unmasks in place and holds back at most one frame header and one
 * control payload, 139 bytes. RFB is a byte stream, so fragments are passed on as they come. Not thread-safe: one per
 * console, on its event loop.
 */
public final class FrameParser {
    /** The longest data frame taken, in bytes: far above any RFB message that passes. */
    public static final long MAX_FRAME = 16L << 20;

    private static final int PROTOCOL_ERROR = 1002;
    private static final int UNSUPPORTED_DATA = 1003;
    private static final int INVALID_TEXT = 1007;
    private static final int TOO_BIG = 1009;
    private static final int NO_CODE = 1005;

    private static final byte[] NOTHING = {};

    private final FrameListener listener;
    private final byte[] header = new byte[14];
    /** Made for the first control frame: most consoles never get one. */
    private byte[] control = NOTHING;

    private int headerHave;
    private boolean inPayload;
    private boolean inMessage;
    private boolean finished;
    private int opcode;
    private int mask;
    private int position;
    private long payloadLeft;

    public FrameParser(FrameListener listener) {
        this.listener = listener;
    }

    /** Consumes all readable bytes; what follows a close frame or a violation is ignored. */
    public void parse(ByteBuf in) {
        while (in.isReadable() && !finished) {
            if (inPayload) {
                readPayload(in);
            } else {
                readHeader(in);
            }
        }
        if (finished) {
            in.skipBytes(in.readableBytes());
        }
    }

    private void readHeader(ByteBuf in) {
        int need = headerHave < 2 ? 2 : headerLength();
        int count = Math.min(need - headerHave, in.readableBytes());
        in.readBytes(header, headerHave, count);
        headerHave += count;
        if (headerHave < need) {
            return;
        }
        if (need == 2) {
            checkStart();
        } else {
            startPayload();
        }
    }

    private int headerLength() {
        int shortLength = header[1] & 0x7F;
        return 2 + (shortLength == 127 ? 8 : shortLength == 126 ? 2 : 0) + 4;
    }

    private void checkStart() {
        int first = header[0] & 0xFF;
        boolean last = (first & 0x80) != 0;
        opcode = first & 0x0F;
        if ((first & 0x70) != 0) {
            violate(PROTOCOL_ERROR, "reserved bits");
        } else if ((header[1] & 0x80) == 0) {
            violate(PROTOCOL_ERROR, "unmasked frame");
        } else if (opcode >= Frames.CLOSE) {
            checkControl(last);
        } else {
            checkData(last);
        }
    }

    private void checkControl(boolean last) {
        if (opcode > Frames.PONG) {
            violate(PROTOCOL_ERROR, "reserved opcode");
        } else if (!last || (header[1] & 0x7F) > Frames.MAX_CONTROL) {
            violate(PROTOCOL_ERROR, "bad control frame");
        }
    }

    private void checkData(boolean last) {
        if (opcode == Frames.TEXT) {
            violate(UNSUPPORTED_DATA, "text frame");
        } else if (opcode > Frames.BINARY) {
            violate(PROTOCOL_ERROR, "reserved opcode");
        } else if ((opcode == Frames.CONTINUATION) != inMessage) {
            violate(PROTOCOL_ERROR, "fragment out of order");
        } else {
            inMessage = !last;
        }
    }

    private void startPayload() {
        int shortLength = header[1] & 0x7F;
        int at = headerHave - 4;
        long length = shortLength;
        if (shortLength == 126) {
            length = number(2, 2);
        } else if (shortLength == 127) {
            length = number(2, 8);
        }
        if ((shortLength == 126 && length < 126) || (shortLength == 127 && length >= 0 && length <= 0xFFFF)) {
            violate(PROTOCOL_ERROR, "length not minimal");
            return;
        }
        if (length < 0 || length > MAX_FRAME) {
            violate(length < 0 ? PROTOCOL_ERROR : TOO_BIG, "frame too long");
            return;
        }
        mask = (int) number(at, 4);
        headerHave = 0;
        position = 0;
        payloadLeft = length;
        inPayload = true;
        if (length == 0) {
            endPayload();
        }
    }

    private void readPayload(ByteBuf in) {
        int count = (int) Math.min(payloadLeft, in.readableBytes());
        int index = in.readerIndex();
        unmask(in, index, count);
        in.skipBytes(count);
        payloadLeft -= count;
        if (opcode >= Frames.CLOSE) {
            if (control.length == 0) {
                control = new byte[Frames.MAX_CONTROL];
            }
            in.getBytes(index, control, position, count);
            position += count;
        } else {
            position = (position + count) & 3;
            listener.data(in, index, count);
        }
        if (payloadLeft == 0) {
            endPayload();
        }
    }

    private void endPayload() {
        inPayload = false;
        if (finished) {
            return;
        }
        if (opcode == Frames.PING) {
            listener.ping(control, position);
        } else if (opcode == Frames.CLOSE) {
            endClose();
        }
    }

    private void endClose() {
        if (position == 0) {
            finished = true;
            listener.closed(NO_CODE);
            return;
        }
        int code = position == 1 ? 0 : ((control[0] & 0xFF) << 8) | (control[1] & 0xFF);
        if (!mayBeSent(code)) {
            violate(PROTOCOL_ERROR, "bad close code");
        } else if (!isUtf8(control, 2, position - 2)) {
            violate(INVALID_TEXT, "close reason is no UTF-8");
        } else {
            finished = true;
            listener.closed(code);
        }
    }

    private static boolean isUtf8(byte[] bytes, int at, int length) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** RFC 6455, 7.4: 1004–1006 and 1015 never stand in a frame. */
    private static boolean mayBeSent(int code) {
        return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
    }

    private void violate(int closeCode, String why) {
        finished = true;
        listener.violated(closeCode, why);
    }

    private long number(int at, int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = (value << 8) | (header[at + i] & 0xFF);
        }
        return value;
    }

    private void unmask(ByteBuf buffer, int index, int count) {
        int turned = Integer.rotateLeft(mask, 8 * (position & 3));
        long wide = ((long) turned << 32) | (turned & 0xFFFFFFFFL);
        int i = index;
        int end = index + count;
        for (; i + 8 <= end; i += 8) {
            buffer.setLong(i, buffer.getLong(i) ^ wide);
        }
        for (int shift = 24; i < end; i++, shift -= 8) {
            buffer.setByte(i, buffer.getByte(i) ^ (int) (wide >>> (shift & 31)));
            if (shift == 0) {
                shift = 32;
            }
        }
    }
}
