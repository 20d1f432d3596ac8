package dev.oriel.bench.desktop;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A console through the gateway: RFB 3.8 over a WebSocket, raw pixels (RFC 6143, RFC 6455). Blocking; one thread. */
final class Screen implements AutoCloseable {
    private static final int LIMIT_MILLIS = 60_000;
    private static final int PIXEL = 4;
    private static final byte[] MASK = {0x11, 0x22, 0x33, 0x44};

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final byte[] number = new byte[8];
    private long frameLeft;
    private int width;
    private int height;
    private byte[] pixels = new byte[0];

    private Screen(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        this.out = socket.getOutputStream();
    }

    /**
     * Connects to the gateway's own port and says hello.
     *
     * @param path of the console's URL
     */
    static Screen open(int port, String path, String ticket) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(LIMIT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
            Screen screen = new Screen(socket);
            screen.upgrade(path, ticket);
            screen.greet();
            return screen;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Waits for the whole picture. */
    void awaitFrame() throws IOException {
        request(0);
        long painted = 0;
        while (painted < (long) width * height) {
            painted += update();
        }
    }

    /** Presses a key and waits until the picture differs. */
    void typeAndSee(int keysym) throws IOException {
        byte[] before = pixels.clone();
        type(keysym);
        while (Arrays.equals(before, pixels)) {
            request(1);
            update();
        }
    }

    void type(String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            type(text.charAt(i) == '\n' ? 0xff0d : text.charAt(i));
        }
    }

    /** Brings the picture up to date, waiting for a change at most as long as the socket's limit. */
    byte[] fresh() throws IOException {
        request(0);
        long painted = 0;
        while (painted < (long) width * height) {
            painted += update();
        }
        return pixels.clone();
    }

    private void type(int keysym) throws IOException {
        for (int down = 1; down >= 0; down--) {
            send(ByteBuffer.allocate(8)
                    .put((byte) 4)
                    .put((byte) down)
                    .putShort((short) 0)
                    .putInt(keysym));
        }
    }

    private void upgrade(String path, String ticket) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Protocol: binary, ticket." + ticket + "\r\n\r\n";
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("no answer: " + head);
            }
            head.append((char) next);
        }
        if (!head.toString().startsWith("HTTP/1.1 101")) {
            throw new IOException("refused: " + head);
        }
    }

    private void greet() throws IOException {
        skip(12);
        send(ByteBuffer.wrap("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII)));
        skip((int) read(1));
        send(ByteBuffer.wrap(new byte[] {1}));
        if (read(4) != 0) {
            throw new IOException("security type None was refused");
        }
        send(ByteBuffer.wrap(new byte[] {1}));
        resize((int) read(2), (int) read(2));
        skip(16);
        skip((int) read(4));
        send(ByteBuffer.wrap(
                new byte[] {0, 0, 0, 0, 32, 24, 0, 1, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 16, 8, 0, 0, 0, 0}));
        send(ByteBuffer.allocate(12)
                .put((byte) 2)
                .put((byte) 0)
                .putShort((short) 2)
                .putInt(0)
                .putInt(-223));
    }

    private void resize(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        pixels = new byte[width * height * PIXEL];
    }

    private void request(int incremental) throws IOException {
        send(ByteBuffer.allocate(10)
                .put((byte) 3)
                .put((byte) incremental)
                .putInt(0)
                .putShort((short) width)
                .putShort((short) height));
    }

    /** Reads one message; gives how many pixels it brought. */
    private long update() throws IOException {
        int type = (int) read(1);
        if (type == 2) {
            return 0;
        }
        if (type == 3) {
            skip(3);
            skip((int) read(4));
            return 0;
        }
        if (type != 0) {
            throw new IOException("unexpected RFB message " + type);
        }
        skip(1);
        long painted = 0;
        for (int left = (int) read(2); left > 0; left--) {
            painted += rectangle();
        }
        return painted;
    }

    private long rectangle() throws IOException {
        int x = (int) read(2);
        int y = (int) read(2);
        int wide = (int) read(2);
        int high = (int) read(2);
        int encoding = (int) read(4);
        if (encoding == -223) {
            resize(wide, high);
            request(0);
            return 0;
        }
        for (int row = 0; row < high; row++) {
            read(pixels, ((y + row) * width + x) * PIXEL, wide * PIXEL);
        }
        return (long) wide * high;
    }

    private void send(ByteBuffer message) throws IOException {
        byte[] bytes = new byte[message.capacity()];
        message.get(0, bytes);
        byte[] frame = new byte[6 + bytes.length];
        frame[0] = (byte) 0x82;
        frame[1] = (byte) (0x80 | bytes.length);
        System.arraycopy(MASK, 0, frame, 2, MASK.length);
        for (int i = 0; i < bytes.length; i++) {
            frame[6 + i] = (byte) (bytes[i] ^ MASK[i & 3]);
        }
        out.write(frame);
    }

    private long read(int bytes) throws IOException {
        read(number, 0, bytes);
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = (value << 8) | (number[i] & 0xff);
        }
        return bytes == 4 ? (int) value : value;
    }

    private void skip(int bytes) throws IOException {
        read(new byte[bytes], 0, bytes);
    }

    private void read(byte[] into, int at, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (frameLeft == 0) {
                nextFrame();
            }
            int count = (int) Math.min(length - done, frameLeft);
            in.readFully(into, at + done, count);
            frameLeft -= count;
            done += count;
        }
    }

    private void nextFrame() throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte();
        if (first != 0x82) {
            throw new EOFException("the gateway ended the console: " + first);
        }
        frameLeft = length == 127 ? in.readLong() : length == 126 ? in.readUnsignedShort() : length;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
