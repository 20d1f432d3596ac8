package dev.oriel.gateway.rfb;

import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The keys one viewer holds down, so that they can be let go when the viewer leaves: a lost connection must not leave a
 * modifier stuck in the guest. Bounded: a viewer that presses ever new keys has its oldest one let go.
 */
final class PressedKeys {
    static final int MAX = 64;
    private static final long BY_KEYCODE = 1L << 32;

    /** By key code when the client gives one (the key symbol may change with Shift), else by key symbol; value: key symbol. */
    private final Map<Long, Integer> pressed = new LinkedHashMap<>();

    void key(boolean down, int keysym, ByteBuf out) {
        note(keysym & 0xFFFFFFFFL, keysym, down, out);
    }

    /** A key by QEMU's extended event; {@code keycode} 0 means unknown. */
    void extendedKey(boolean down, int keysym, int keycode, ByteBuf out) {
        if (keycode == 0) {
            key(down, keysym, out);
        } else {
            note(BY_KEYCODE | (keycode & 0xFFFFFFFFL), keysym, down, out);
        }
    }

    private void note(long id, int keysym, boolean down, ByteBuf out) {
        if (!down) {
            pressed.remove(id);
            return;
        }
        pressed.put(id, keysym);
        if (pressed.size() > MAX) {
            Map.Entry<Long, Integer> oldest = pressed.entrySet().iterator().next();
            writeUp(oldest.getKey(), oldest.getValue(), out);
            pressed.remove(oldest.getKey());
        }
    }

    void releaseAll(ByteBuf out) {
        pressed.forEach((id, keysym) -> writeUp(id, keysym, out));
        pressed.clear();
    }

    private static void writeUp(long id, int keysym, ByteBuf out) {
        if ((id & BY_KEYCODE) != 0) {
            out.writeByte(RfbUpstream.QEMU)
                    .writeByte(0)
                    .writeShort(0)
                    .writeInt(keysym)
                    .writeInt((int) id);
        } else {
            out.writeByte(RfbUpstream.KEY_EVENT).writeByte(0).writeShort(0).writeInt(keysym);
        }
    }
}
