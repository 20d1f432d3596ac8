package dev.oriel.host.rfb;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The viewer's half of RFB 3.8 in Raw encoding. One thread reads; writes may come from several. */
final class RfbConversation {
    private static final int RAW = 0;
    private static final int DESKTOP_SIZE = -223;
    private static final int SECURITY_NONE = 1;
    private static final int FRAMEBUFFER_UPDATE = 0;
    private static final int SET_COLOUR_MAP = 1;
    private static final int BELL = 2;
    private static final int SERVER_CUT_TEXT = 3;

    /** QEMU gives what there is of it: a picture whose size changed while nobody asked is whole all the same. */
    private static final int MOST = 0xffff;

    private final SocketChannel channel;
    private final ByteBuffer pixels = ByteBuffer.allocateDirect(64 << 10);
    private int width;
    private int height;
    private int bytesPerPixel;
    private long seen;

    RfbConversation(SocketChannel channel) {
        this.channel = channel;
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Says hello, and learns how large the picture is. */
    void greet() throws IOException {
        agree();
        ByteBuffer init = read(24);
        width = Short.toUnsignedInt(init.getShort(0));
        height = Short.toUnsignedInt(init.getShort(2));
        bytesPerPixel = Byte.toUnsignedInt(init.get(4)) / 8;
        skip(Integer.toUnsignedLong(init.getInt(20)));
        write(ByteBuffer.allocate(12)
                .put((byte) 2)
                .put((byte) 0)
                .putShort((short) 2)
                .putInt(RAW)
                .putInt(DESKTOP_SIZE)
                .flip());
    }

    /** Asks for a full picture and reads it to its last pixel. */
    FirstFrame firstFrame() throws IOException {
        request(false, MOST, MOST);
        // A pointer message right behind the request resets the pace of QEMU's refresh, which slows while nothing
        // happens.
        point(width / 2, height / 2);
        while (seen < (long) width * height) {
            nextMessage();
        }
        return new FirstFrame(width, height, seen * bytesPerPixel);
    }

    /** Asks for what changes from now on and waits for it; answers how many pixels came. */
    long nextChange() throws IOException {
        seen = 0;
        request(true);
        while (seen == 0) {
            nextMessage();
        }
        return seen;
    }

    void point(int x, int y) throws IOException {
        write(ByteBuffer.allocate(6)
                .put((byte) 5)
                .put((byte) 0)
                .putShort((short) x)
                .putShort((short) y)
                .flip());
    }

    void key(int keysym, boolean down) throws IOException {
        write(ByteBuffer.allocate(8)
                .put((byte) 4)
                .put((byte) (down ? 1 : 0))
                .putShort((short) 0)
                .putInt(keysym)
                .flip());
    }

    private void agree() throws IOException {
        String version = StandardCharsets.US_ASCII.decode(read(12)).toString();
        if (!version.startsWith("RFB ")) {
            throw new IOException("not a VNC server");
        }
        write(ByteBuffer.wrap("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer types = read(Byte.toUnsignedInt(read(1).get(0)));
        boolean open = false;
        while (types.hasRemaining()) {
            open |= types.get() == SECURITY_NONE;
        }
        if (!open) {
            throw new IOException("the VNC server wants a password");
        }
        write(ByteBuffer.allocate(1).put((byte) SECURITY_NONE).flip());
        if (read(4).getInt(0) != 0) {
            throw new IOException("the VNC server refused us");
        }
        write(ByteBuffer.allocate(1).put((byte) 1).flip());
    }

    private void request(boolean incremental) throws IOException {
        request(incremental, width, height);
    }

    private void request(boolean incremental, int wide, int high) throws IOException {
        write(ByteBuffer.allocate(10)
                .put((byte) 3)
                .put((byte) (incremental ? 1 : 0))
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) wide)
                .putShort((short) high)
                .flip());
    }

    /** Reads one message and counts the pixels it brought. */
    private void nextMessage() throws IOException {
        int type = Byte.toUnsignedInt(read(1).get(0));
        switch (type) {
            case FRAMEBUFFER_UPDATE -> update(Short.toUnsignedInt(read(3).getShort(1)));
            case SET_COLOUR_MAP -> skip(6L * Short.toUnsignedInt(read(5).getShort(3)));
            case BELL -> {} // nothing to read
            case SERVER_CUT_TEXT -> skip(Integer.toUnsignedLong(read(7).getInt(3)));
            default -> throw new IOException("unknown VNC message " + type);
        }
    }

    private void update(int rectangles) throws IOException {
        for (int i = 0; i < rectangles; i++) {
            ByteBuffer head = read(12);
            int encoding = head.getInt(8);
            if (encoding == DESKTOP_SIZE) {
                resized(head);
                continue;
            }
            if (encoding != RAW) {
                throw new IOException("the VNC server used an encoding nobody asked for");
            }
            long area = (long) Short.toUnsignedInt(head.getShort(4)) * Short.toUnsignedInt(head.getShort(6));
            skip(area * bytesPerPixel);
            seen += area;
        }
    }

    /** The guest changed its mode: what came so far was another picture. */
    private void resized(ByteBuffer head) throws IOException {
        width = Short.toUnsignedInt(head.getShort(4));
        height = Short.toUnsignedInt(head.getShort(6));
        seen = 0;
        request(false);
        point(width / 2, height / 2);
    }

    private ByteBuffer read(int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the VNC server closed the connection");
            }
        }
        return buffer.flip();
    }

    private void skip(long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            pixels.clear().limit((int) Math.min(left, pixels.capacity()));
            int read = channel.read(pixels);
            if (read < 0) {
                throw new EOFException("the VNC server closed the connection");
            }
            left -= read;
        }
    }

    private void write(ByteBuffer message) throws IOException {
        synchronized (channel) {
            while (message.hasRemaining()) {
                channel.write(message);
            }
        }
    }
}
