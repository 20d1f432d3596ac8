package dev.oriel.host.rfb;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Asks a VNC server for one full picture and reads it to its last pixel, as a viewer would.
 *
 * @param width in pixels, when it came
 * @param height in pixels, when it came
 * @param bytes of pixel data that came
 */
public record FirstFrame(int width, int height, long bytes) {
    private static final Logger LOG = System.getLogger(FirstFrame.class.getName());
    private static final int RAW = 0;
    private static final int DESKTOP_SIZE = -223;
    private static final int SECURITY_NONE = 1;
    private static final int FRAMEBUFFER_UPDATE = 0;
    private static final int SET_COLOUR_MAP = 1;
    private static final int BELL = 2;
    private static final int SERVER_CUT_TEXT = 3;

    /**
     * Connects (security type None, shared), requests a full update in Raw encoding and waits until every pixel came.
     *
     * @throws IOException when the server is not there, speaks something else, or does not finish within {@code limit}
     */
    public static FirstFrame await(Path socket, Duration limit) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        CountDownLatch done = new CountDownLatch(1);
        // Closing the channel at the deadline is what ends a read that would wait for ever.
        Thread.ofVirtual().name("first-frame-deadline").start(() -> closeAtDeadline(channel, done, limit));
        try (channel) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new Viewer(channel).firstFrame();
        } finally {
            done.countDown();
        }
    }

    private static void closeAtDeadline(SocketChannel channel, CountDownLatch done, Duration limit) {
        try (channel) {
            boolean inTime = done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
            LOG.log(Level.DEBUG, inTime ? "a first frame came in time" : "a first frame did not come in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** One conversation. */
    private static final class Viewer {
        private final SocketChannel channel;
        private int width;
        private int height;
        private long seen;
        private final ByteBuffer pixels = ByteBuffer.allocateDirect(64 << 10);

        Viewer(SocketChannel channel) {
            this.channel = channel;
        }

        FirstFrame firstFrame() throws IOException {
            greet();
            ByteBuffer init = read(24);
            width = Short.toUnsignedInt(init.getShort(0));
            height = Short.toUnsignedInt(init.getShort(2));
            int bytesPerPixel = Byte.toUnsignedInt(init.get(4)) / 8;
            skip(Integer.toUnsignedLong(init.getInt(20)));
            write(ByteBuffer.allocate(12)
                    .put((byte) 2)
                    .put((byte) 0)
                    .putShort((short) 2)
                    .putInt(RAW)
                    .putInt(DESKTOP_SIZE)
                    .flip());
            request();
            while (seen < (long) width * height) {
                nextMessage(bytesPerPixel);
            }
            return new FirstFrame(width, height, seen * bytesPerPixel);
        }

        private void greet() throws IOException {
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

        /** A pointer message right behind the request resets the pace of QEMU's refresh, which slows while nothing happens. */
        private void request() throws IOException {
            ByteBuffer message = ByteBuffer.allocate(16);
            message.put((byte) 3).put((byte) 0).putShort((short) 0).putShort((short) 0);
            message.putShort((short) width).putShort((short) height);
            message.put((byte) 5).put((byte) 0).putShort((short) (width / 2)).putShort((short) (height / 2));
            write(message.flip());
        }

        /** Reads one message and counts the pixels it brought. */
        private void nextMessage(int bytesPerPixel) throws IOException {
            int type = Byte.toUnsignedInt(read(1).get(0));
            switch (type) {
                case FRAMEBUFFER_UPDATE -> update(Short.toUnsignedInt(read(3).getShort(1)), bytesPerPixel);
                case SET_COLOUR_MAP -> skip(6L * Short.toUnsignedInt(read(5).getShort(3)));
                case BELL -> {} // nothing to read
                case SERVER_CUT_TEXT -> skip(Integer.toUnsignedLong(read(7).getInt(3)));
                default -> throw new IOException("unknown VNC message " + type);
            }
        }

        private void update(int rectangles, int bytesPerPixel) throws IOException {
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
            request();
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
            while (message.hasRemaining()) {
                channel.write(message);
            }
        }
    }
}
