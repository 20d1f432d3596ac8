package dev.oriel.gateway.rfb;

import io.netty.buffer.ByteBuf;
import java.util.Set;

/** Which encodings a viewer may announce to a VM's VNC server. */
final class Encodings {
    /**
     * Withheld: each makes the server expect client messages that this filter drops, or cuts the client's stream
     * differently.
     */
    private static final Set<Integer> WITHHELD = Set.of(
            -259, // QEMU audio
            -305, // gii
            -309, // xvp
            -312, // fence
            -313, // continuous updates
            -316, // extended mouse buttons: pointer messages of seven bytes
            0xC0A1E5CE); // extended clipboard

    private Encodings() {}

    /** Writes the SetEncodings message at {@code at} without the withheld encodings. */
    static void writeAllowed(ByteBuf b, int at, ByteBuf out) {
        int offered = b.getUnsignedShort(at + 2);
        int start = out.writerIndex();
        int allowed = 0;
        out.writeInt(RfbUpstream.SET_ENCODINGS << 24);
        for (int i = 0; i < offered; i++) {
            int encoding = b.getInt(at + 4 + 4 * i);
            if (!WITHHELD.contains(encoding)) {
                out.writeInt(encoding);
                allowed++;
            }
        }
        out.setShort(start + 2, allowed);
    }
}
