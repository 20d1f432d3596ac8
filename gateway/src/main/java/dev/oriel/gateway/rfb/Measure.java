package dev.oriel.gateway.rfb;

import io.netty.buffer.ByteBuf;

/** How long the RFB client message at some place is, as far as its first bytes tell. One per filter, reused. */
final class Measure {
    /** The longest clipboard text that reaches a VM, in bytes; a longer one is dropped. */
    static final int MAX_CUT_TEXT = 256 << 10;
    /** The longest message that is skipped rather than held against the client, in bytes. */
    static final int MAX_SKIPPED = 64 << 20;

    static final int MAX_ENCODINGS = 256;
    private static final int MAX_FENCE = 64;
    private static final int AUDIO = 1;

    /** What the bytes seen so far mean. */
    enum State {
        /** At least {@link #length} bytes are needed to know more. */
        MORE,
        /** A message of {@link #length} bytes that may pass. */
        MESSAGE,
        /** A known message of {@link #length} bytes that this gateway keeps from the VM. */
        SKIP,
        /** Not RFB, or out of bounds. */
        ILLEGAL
    }

    private int length;

    /** Bytes, as the last {@link State} explains. */
    int length() {
        return length;
    }

    State fixed(int bytes) {
        length = bytes;
        return State.MESSAGE;
    }

    /** Looks at {@code have} > 0 bytes at {@code at}. */
    State message(ByteBuf b, int at, int have) {
        return switch (b.getUnsignedByte(at)) {
            case RfbUpstream.SET_PIXEL_FORMAT -> fixed(20);
            case RfbUpstream.SET_ENCODINGS -> have < 4 ? more(4) : encodings(b.getUnsignedShort(at + 2));
            case RfbUpstream.UPDATE_REQUEST -> fixed(10);
            case RfbUpstream.KEY_EVENT -> fixed(8);
            case RfbUpstream.POINTER_EVENT -> fixed(6);
            case RfbUpstream.CUT_TEXT -> have < 8 ? more(8) : cutText(b.getInt(at + 4));
            case RfbUpstream.CONTINUOUS_UPDATES -> skip(10);
            case RfbUpstream.FENCE -> have < 9 ? more(9) : fence(b.getUnsignedByte(at + 8));
            case RfbUpstream.XVP -> skip(4);
            case RfbUpstream.SET_DESKTOP_SIZE -> have < 8 ? more(8) : skip(8 + 16L * b.getUnsignedByte(at + 6));
            case RfbUpstream.QEMU -> have < 2 ? more(2) : qemu(b, at, have);
            default -> State.ILLEGAL;
        };
    }

    private State encodings(int count) {
        return count > MAX_ENCODINGS ? State.ILLEGAL : fixed(4 + 4 * count);
    }

    /**
     * A negative length is the extended clipboard, which has crashed QEMU more than once (CVE-2022-3165, CVE-2023-3255,
     * CVE-2023-6683): its encoding is not announced to the VM and its messages end here.
     */
    private State cutText(int size) {
        if (size < 0) {
            return size == Integer.MIN_VALUE ? State.ILLEGAL : skip(8L - size);
        }
        return size > MAX_CUT_TEXT ? skip(8L + size) : fixed(8 + size);
    }

    private State fence(int size) {
        return size > MAX_FENCE ? State.ILLEGAL : skip(9L + size);
    }

    private State qemu(ByteBuf b, int at, int have) {
        int kind = b.getUnsignedByte(at + 1);
        if (kind == 0) {
            return fixed(12);
        }
        if (kind != AUDIO) {
            return State.ILLEGAL;
        }
        if (have < 4) {
            return more(4);
        }
        return switch (b.getUnsignedShort(at + 2)) {
            case 0, 1 -> skip(4);
            case 2 -> skip(10);
            default -> State.ILLEGAL;
        };
    }

    private State more(int bytes) {
        length = bytes;
        return State.MORE;
    }

    private State skip(long bytes) {
        if (bytes > MAX_SKIPPED) {
            return State.ILLEGAL;
        }
        length = (int) bytes;
        return State.SKIP;
    }
}
