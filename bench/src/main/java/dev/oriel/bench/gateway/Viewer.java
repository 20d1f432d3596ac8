package dev.oriel.bench.gateway;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** One client of the swarm: RFB 3.8 over a WebSocket or plain TCP, blocking. Not thread-safe. */
final class Viewer implements AutoCloseable {
    private static final int LIMIT_MILLIS = 20_000;
    /** The one that browsers ask for first. */
    private static final String CIPHER = "TLS_AES_128_GCM_SHA256";

    private static final byte[] MASK = {0x11, 0x22, 0x33, 0x44};

    private final Socket socket;
    private final InputStream raw;
    private final OutputStream out;
    private final DataInputStream in;
    private final boolean webSocket;
    private long frameLeft;

    private Viewer(Socket socket, boolean webSocket) throws IOException {
        this.socket = socket;
        this.webSocket = webSocket;
        this.raw = socket.getInputStream();
        // Small: whoever streams reads past it.
        this.in = new DataInputStream(new BufferedInputStream(raw, 1024));
        this.out = socket.getOutputStream();
    }

    /** Connects to {@code bridge} and says hello, up to the server's picture size. */
    static Viewer open(Bridge bridge) throws IOException {
        Socket socket = connect(bridge.port(), bridge.tls());
        try {
            Viewer viewer = new Viewer(socket, bridge.webSocket());
            if (bridge.webSocket()) {
                viewer.upgrade(bridge.address().get());
            }
            viewer.greet();
            return viewer;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket connect(int port, Optional<SSLSocketFactory> tls) throws IOException {
        Socket socket = tls.isPresent() ? tls.get().createSocket() : new Socket();
        if (socket instanceof SSLSocket secure) {
            secure.setEnabledCipherSuites(new String[] {CIPHER});
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
        return socket;
    }

    private void upgrade(Bridge.Address address) throws IOException {
        String protocols =
                address.ticket().map(ticket -> "binary, ticket." + ticket).orElse("binary");
        out.write(("GET " + address.path() + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                        + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " + protocols
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("no answer: " + head);
            }
            head.append((char) next);
        }
        if (!head.substring(0, 12).equals("HTTP/1.1 101")) {
            throw new IOException("refused: " + head);
        }
    }

    private void greet() throws IOException {
        byte[][] answers = {"RFB 003.008\n".getBytes(StandardCharsets.US_ASCII), {1}, {0}};
        for (int i = 0; i < MockVnc.HANDSHAKE.length; i++) {
            read(MockVnc.HANDSHAKE[i]);
            if (i < 2) {
                send(answers[i]);
            } else if (i == 2) {
                send(answers[2]);
            }
        }
    }

    /** Asks the VNC server for what {@code wish} means; incremental, so that the gateway adds nothing. */
    void ask(int wish) throws IOException {
        send(ByteBuffer.allocate(10)
                .put((byte) 3)
                .put((byte) 1)
                .putShort((short) wish)
                .array());
    }

    private void send(byte[] bytes) throws IOException {
        if (!webSocket) {
            out.write(bytes);
            return;
        }
        byte[] frame = new byte[6 + bytes.length];
        frame[0] = (byte) 0x82;
        frame[1] = (byte) (0x80 | bytes.length);
        System.arraycopy(MASK, 0, frame, 2, 4);
        for (int i = 0; i < bytes.length; i++) {
            frame[6 + i] = (byte) (bytes[i] ^ MASK[i & 3]);
        }
        out.write(frame);
    }

    /** Reads {@code length} bytes of payload. */
    void read(int length) throws IOException {
        if (!webSocket) {
            in.skipNBytes(length);
            return;
        }
        int left = length;
        while (left > 0) {
            if (frameLeft == 0) {
                nextFrame();
            }
            int count = (int) Math.min(left, frameLeft);
            in.skipNBytes(count);
            frameLeft -= count;
            left -= count;
        }
    }

    private void nextFrame() throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte();
        if (first != 0x82) {
            throw new IOException("an unexpected frame: " + first);
        }
        frameLeft = length == 127 ? in.readLong() : length == 126 ? in.readUnsignedShort() : length;
    }

    /** Reads whatever comes, frame headers and all; gives how much that was. */
    int readAny(byte[] buffer) throws IOException {
        int count = raw.read(buffer);
        if (count < 0) {
            throw new EOFException("the stream ended");
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
