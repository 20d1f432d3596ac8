package dev.oriel.gateway.rfb;

import dev.oriel.core.console.ConsolePermission;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Lets a viewer's RFB 3.8 byte stream (RFC 6143, and the extensions registered beside it) through to a VNC server, one
 * whole legal message at a time, whatever way the bytes are cut. A VNC server parses this stream in C with the power
 * over a whole VM: so unknown types and impossible values end the console, messages a VM has no use for are dropped,
 * and encodings that would change what follows are not announced. Holds at most one message back, 256 KiB. Not
 * thread-safe: one per console.
 */
public final class RfbUpstream {
    static final int SET_PIXEL_FORMAT = 0;
    static final int SET_ENCODINGS = 2;
    static final int UPDATE_REQUEST = 3;
    static final int KEY_EVENT = 4;
    static final int POINTER_EVENT = 5;
    static final int CUT_TEXT = 6;
    static final int CONTINUOUS_UPDATES = 150;
    static final int FENCE = 248;
    static final int XVP = 250;
    static final int SET_DESKTOP_SIZE = 251;
    static final int QEMU = 255;

    private static final int SECURITY_NONE = 1;
    private static final int KEEP_CARRY = 4096;
    private static final int SCROLL_LOCK = 0xFF14;

    private enum Phase {
        VERSION,
        SECURITY,
        INIT,
        MESSAGES
    }

    private boolean drives;
    private final PressedKeys keys = new PressedKeys();
    private final Measure measure = new Measure();

    private Phase phase = Phase.VERSION;
    private ByteBuf carry = Unpooled.EMPTY_BUFFER;
    private int skipLeft;
    private int buttons;
    private int pointerPlace;
    private boolean woken;
    private boolean broken;
    private long inputs;

    public RfbUpstream(ConsolePermission permission) {
        this.drives = permission == ConsolePermission.DRIVE;
    }

    /**
     * Takes {@code length} bytes of the viewer's stream and appends what may pass to {@code out}: always whole messages.
     *
     * @return false when the stream is not RFB as allowed here; everything after that is ignored
     */
    public boolean accept(ByteBuf in, int index, int length, ByteBuf out) {
        int at = index;
        int end = index + length;
        while (at < end && !broken) {
            if (skipLeft > 0) {
                int count = Math.min(skipLeft, end - at);
                skipLeft -= count;
                at += count;
            } else if (carry.isReadable()) {
                at += continueCarried(in, at, end - at, out);
            } else {
                at += takeFresh(in, at, end - at, out);
            }
        }
        return !broken;
    }

    /** Lets input through from now on, or no longer; then what lets go of all that is held is appended to {@code out}. */
    public void drive(boolean mayDrive, ByteBuf out) {
        if (drives && !mayDrive) {
            releaseAll(out);
        }
        drives = mayDrive;
    }

    /** Key, pointer and clipboard messages passed so far: tells whether a console is in use. */
    public long inputs() {
        return inputs;
    }

    /** Appends what lets go of every key and button this viewer still holds; for the moment it leaves. */
    public void releaseAll(ByteBuf out) {
        keys.releaseAll(out);
        if (buttons != 0) {
            out.writeByte(POINTER_EVENT).writeByte(0).writeInt(pointerPlace);
            buttons = 0;
        }
    }

    /** A message that starts in {@code in}; returns how many bytes it used. */
    private int takeFresh(ByteBuf in, int at, int have, ByteBuf out) {
        switch (look(in, at, have)) {
            case ILLEGAL -> broken = true;
            case SKIP -> skipLeft = measure.length();
            case MESSAGE -> {
                if (measure.length() <= have) {
                    broken = !pass(in, at, measure.length(), out);
                    return measure.length();
                }
                return hold(in, at, have);
            }
            case MORE -> {
                return hold(in, at, have);
            }
        }
        return 0;
    }

    private int hold(ByteBuf in, int at, int have) {
        if (carry.capacity() == 0) {
            carry = Unpooled.buffer(64);
        }
        carry.writeBytes(in, at, have);
        return have;
    }

    /** A message whose start is held in {@link #carry}; returns how many bytes of {@code in} it used. */
    private int continueCarried(ByteBuf in, int at, int have, ByteBuf out) {
        int held = carry.readableBytes();
        switch (look(carry, 0, held)) {
            case ILLEGAL -> broken = true;
            case SKIP -> {
                skipLeft = measure.length() - held;
                dropCarry();
            }
            case MORE, MESSAGE -> {
                int count = Math.min(measure.length() - held, have);
                carry.writeBytes(in, at, count);
                if (look(carry, 0, held + count) == Measure.State.MESSAGE && measure.length() == held + count) {
                    broken = !pass(carry, 0, measure.length(), out);
                    dropCarry();
                }
                return count;
            }
        }
        return 0;
    }

    private void dropCarry() {
        carry.clear();
        if (carry.capacity() > KEEP_CARRY) {
            carry = Unpooled.EMPTY_BUFFER;
        }
    }

    private Measure.State look(ByteBuf b, int at, int have) {
        return switch (phase) {
            case VERSION -> measure.fixed(12);
            case SECURITY, INIT -> measure.fixed(1);
            case MESSAGES -> measure.message(b, at, have);
        };
    }

    private boolean pass(ByteBuf b, int at, int length, ByteBuf out) {
        return switch (phase) {
            case VERSION -> passVersion(b, at, out);
            case SECURITY -> passSecurity(b.getUnsignedByte(at), out);
            case INIT -> passInit(out);
            case MESSAGES -> passMessage(b, at, length, out);
        };
    }

    private boolean passSecurity(int type, ByteBuf out) {
        phase = Phase.INIT;
        out.writeByte(SECURITY_NONE);
        return type == SECURITY_NONE;
    }

    /** Always shared: whoever asks for the console alone must not push the others off it. */
    private boolean passInit(ByteBuf out) {
        phase = Phase.MESSAGES;
        out.writeByte(1);
        return true;
    }

    private boolean passVersion(ByteBuf b, int at, ByteBuf out) {
        String version = b.toString(at, 12, StandardCharsets.US_ASCII);
        boolean old = version.equals("RFB 003.003\n");
        if (!old && !version.equals("RFB 003.007\n") && !version.equals("RFB 003.008\n")) {
            return false;
        }
        // In 3.3 the server alone decides on the security type.
        phase = old ? Phase.INIT : Phase.SECURITY;
        out.writeBytes(b, at, 12);
        return true;
    }

    private boolean passMessage(ByteBuf b, int at, int length, ByteBuf out) {
        switch (b.getUnsignedByte(at)) {
            case SET_PIXEL_FORMAT -> {
                if (!possiblePixels(b, at + 4)) {
                    return false;
                }
                out.writeBytes(b, at, length);
            }
            case SET_ENCODINGS -> Encodings.writeAllowed(b, at, out);
            case UPDATE_REQUEST -> {
                out.writeBytes(b, at, length);
                wake(b.getByte(at + 1) == 0, out);
            }
            case KEY_EVENT, POINTER_EVENT, CUT_TEXT, QEMU -> {
                if (drives) {
                    noteInput(b, at, out);
                    out.writeBytes(b, at, length);
                }
            }
            default -> throw new IllegalStateException("a message type that Measure does not pass");
        }
        return true;
    }

    private void noteInput(ByteBuf b, int at, ByteBuf out) {
        inputs++;
        switch (b.getUnsignedByte(at)) {
            case KEY_EVENT -> keys.key(b.getByte(at + 1) != 0, b.getInt(at + 4), out);
            case QEMU -> keys.extendedKey(b.getUnsignedShort(at + 2) != 0, b.getInt(at + 4), b.getInt(at + 8), out);
            case POINTER_EVENT -> {
                buttons = b.getUnsignedByte(at + 1);
                pointerPlace = b.getInt(at + 2);
            }
            default -> {}
        }
    }

    /**
     * QEMU looks for changes less and less often while nobody types, and any input message ends that: one right behind
     * the first full update request halves the time to the first frame. A release of Scroll Lock, which nobody holds,
     * is input to QEMU and nothing to the guest, where a pointer message would make the pointer jump. It is the
     * gateway's own word, so whoever may only look gets a picture as soon.
     */
    private void wake(boolean full, ByteBuf out) {
        if (full && !woken) {
            woken = true;
            out.writeByte(KEY_EVENT).writeByte(0).writeShort(0).writeInt(SCROLL_LOCK);
        }
    }

    /** 8, 16 or 32 bits per pixel, colours that fit into them (RFC 6143, 7.4). */
    private static boolean possiblePixels(ByteBuf b, int at) {
        int bits = b.getUnsignedByte(at);
        int depth = b.getUnsignedByte(at + 1);
        boolean trueColour = b.getByte(at + 3) != 0;
        if ((bits != 8 && bits != 16 && bits != 32) || depth > bits) {
            return false;
        }
        return !trueColour
                || (b.getUnsignedByte(at + 10) < bits
                        && b.getUnsignedByte(at + 11) < bits
                        && b.getUnsignedByte(at + 12) < bits);
    }
}
