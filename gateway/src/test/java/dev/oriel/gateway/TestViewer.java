package dev.oriel.gateway;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A viewer down to the bytes: what browsers never send can be tried with it. */
final class TestViewer implements AutoCloseable {
    record Answer(int status, String head, String body) {}

    record Frame(int opcode, ByteBuffer data) {
        byte[] payload() {
            byte[] copy = new byte[data.limit()];
            data.get(0, copy);
            return copy;
        }

        int closeCode() {
            return data.limit() < 2 ? 1005 : data.getShort(0) & 0xFFFF;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final Random random = new Random(7);

    private TestViewer(int port, int receiveBuffer) throws IOException {
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2000);
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 65536));
        out = socket.getOutputStream();
    }

    static TestViewer connect(int port) throws IOException {
        return new TestViewer(port, 0);
    }

    static TestViewer slow(int port) throws IOException {
        return new TestViewer(port, 4096);
    }

    /** Sends a handshake and reads the answer's head, and its body unless it is an upgrade. */
    Answer ask(String path, List<String> headers) throws IOException {
        StringBuilder text = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        headers.forEach(header -> text.append(header).append("\r\n"));
        out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("no answer: " + head);
            }
            head.append((char) next);
        }
        int status = Integer.parseInt(head.substring(9, 12));
        String body = status == 101 ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(status, head.toString(), body);
    }

    static List<String> upgrade(@Nullable String ticket, String... more) {
        List<String> headers = new java.util.ArrayList<>(List.of(
                "Connection: keep-alive, Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
        if (ticket != null) {
            headers.add("Sec-WebSocket-Protocol: binary, ticket." + ticket);
        }
        headers.addAll(Arrays.asList(more));
        return headers;
    }

    void send(byte[] payload) throws IOException {
        out.write(frame(0x82, payload));
    }

    void sendRaw(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    byte[] frame(int first, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
        frame.put((byte) first);
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 65536) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        byte[] mask = new byte[4];
        random.nextBytes(mask);
        frame.put(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ mask[i & 3]));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    Frame read() throws IOException {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        if ((second & 0x80) != 0 || (first & 0x70) != 0) {
            throw new IOException("a server frame is never masked");
        }
        long length = second == 126 ? in.readUnsignedShort() : second == 127 ? in.readLong() : second;
        byte[] payload = in.readNBytes((int) length);
        if (payload.length < length) {
            throw new EOFException();
        }
        return new Frame(first & 0x0F, ByteBuffer.wrap(payload));
    }

    /** Reads binary frames until {@code length} bytes are there. */
    byte[] readBytes(int length) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (bytes.size() < length) {
            Frame frame = read();
            if (frame.opcode() != 2) {
                throw new IOException("unexpected frame " + frame.opcode() + " " + frame.closeCode());
            }
            bytes.writeBytes(frame.payload());
        }
        return bytes.toByteArray();
    }

    /**
     * The code of the close frame that comes within {@code millis}, after any other frames; 1006 when the connection
     * just ends. Pings get no answer.
     */
    int closeCode(int millis) throws IOException {
        return closeCode(millis, false);
    }

    /** The same as a living viewer, which answers pings. */
    CompletableFuture<Integer> closeCodeLater(int millis) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return closeCode(millis, true);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private int closeCode(int millis, boolean answersPings) throws IOException {
        long deadline = System.nanoTime() + millis * 1_000_000L;
        try {
            while (true) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new SocketTimeoutException("no close frame");
                }
                socket.setSoTimeout((int) left);
                Frame frame = read();
                if (frame.opcode() == 8) {
                    return frame.closeCode();
                }
                if (frame.opcode() == 9 && answersPings) {
                    sendRaw(frame(0x8A, frame.payload()));
                }
            }
        } catch (EOFException e) {
            return 1006;
        } catch (java.net.SocketException e) {
            return 1006;
        }
    }

    /** RFB 3.8 with security None, up to ServerInit (24 bytes here). */
    TestViewer handshake() throws IOException {
        readBytes(12);
        send("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
        readBytes(2);
        send(new byte[] {1});
        readBytes(4);
        send(new byte[] {0});
        readBytes(24);
        return this;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Ends the connection without a goodbye. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
