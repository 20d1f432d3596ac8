package dev.oriel.gateway.recording;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The client's part of a recorded RFB 3.8 connection: answers the greeting, says which encodings players know, asks for
 * pictures. Understands no more of what the server says than that needs. For one thread.
 */
final class RecordedStream {
    private static final byte[] VERSION = "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII);
    /** Players read every picture as noVNC asks for it: 32 bits, red in the first byte. Servers offer blue there. */
    private static final byte[] PIXELS = {
        0, 0, 0, 0, 32, 24, 0, 1, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 0, 8, 16, 0, 0, 0
    };

    /** Tight with pictures of middling quality, cursor, last rectangle, size of the screen. */
    private static final int[] ENCODINGS = {7, 16, 5, 0, -26, -254, -239, -224, -223};

    private static final int VERSION_LENGTH = 12;
    private static final int RESULT_LENGTH = 4;
    private static final int INIT_LENGTH = 24;

    private enum Phase {
        VERSION,
        TYPES,
        RESULT,
        INIT,
        PICTURES
    }

    private final SocketChannel vnc;
    private Phase phase = Phase.VERSION;
    /** Bytes of the greeting that are still to come, as far as is known. */
    private int left = VERSION_LENGTH;

    private boolean counted;
    private int nameSeen;

    RecordedStream(SocketChannel vnc) {
        this.vnc = vnc;
    }

    /** Whether all that comes from now on shows something. */
    boolean isGreeted() {
        return phase == Phase.PICTURES;
    }

    /** What came, -1 at the end; never more than one step of the greeting at once. */
    int read(byte[] into) throws IOException {
        if (phase != Phase.PICTURES && left <= 0) {
            // It offers no way in.
            return -1;
        }
        int most = phase == Phase.PICTURES ? into.length : Math.min(left, into.length);
        int count;
        try {
            count = vnc.read(ByteBuffer.wrap(into, 0, most));
        } catch (IOException e) {
            return -1;
        }
        if (count > 0 && phase != Phase.PICTURES) {
            greet(into, count);
        }
        return count;
    }

    private void greet(byte[] bytes, int count) throws IOException {
        if (phase == Phase.INIT && nameSeen < INIT_LENGTH) {
            noteName(bytes, count);
        }
        left -= count;
        if (phase == Phase.TYPES && !counted) {
            counted = true;
            left = bytes[0] & 0xFF;
            return;
        }
        if (left > 0) {
            return;
        }
        switch (phase) {
            case VERSION -> next(Phase.TYPES, 1, VERSION);
            case TYPES -> next(Phase.RESULT, RESULT_LENGTH, new byte[] {1});
            case RESULT -> next(Phase.INIT, INIT_LENGTH, new byte[] {1});
            case INIT -> next(Phase.PICTURES, 0, wishes());
            case PICTURES -> {}
        }
    }

    /** The length of the desktop's name stands in the last four bytes of its head. */
    private void noteName(byte[] bytes, int count) {
        for (int i = 0; i < count && nameSeen < INIT_LENGTH; i++, nameSeen++) {
            if (nameSeen >= INIT_LENGTH - 4) {
                left += (bytes[i] & 0xFF) << (8 * (INIT_LENGTH - 1 - nameSeen)) & 0xFFFF;
            }
        }
    }

    private void next(Phase then, int length, byte[] answer) throws IOException {
        phase = then;
        left = length;
        send(answer);
    }

    private static byte[] wishes() {
        ByteBuffer out = ByteBuffer.allocate(PIXELS.length + 4 + 4 * ENCODINGS.length + 10);
        out.put(PIXELS);
        out.put((byte) 2).put((byte) 0).putShort((short) ENCODINGS.length);
        for (int encoding : ENCODINGS) {
            out.putInt(encoding);
        }
        return out.put(request(false)).array();
    }

    /** For more than any screen has: servers cut that to what there is. */
    private static byte[] request(boolean incremental) {
        return ByteBuffer.allocate(10)
                .put((byte) 3)
                .put((byte) (incremental ? 1 : 0))
                .putInt(0)
                .putShort((short) 0xFFFF)
                .putShort((short) 0xFFFF)
                .array();
    }

    /** Asks for what changed; harmless when that was asked before. */
    void ask() throws IOException {
        if (phase == Phase.PICTURES) {
            send(request(true));
        }
    }

    /** A server that takes none of these few bytes is asked again later. */
    private void send(byte[] message) throws IOException {
        try {
            vnc.write(ByteBuffer.wrap(message));
        } catch (IOException e) {
            // The next read says that it ended.
            vnc.shutdownInput();
        }
    }
}
