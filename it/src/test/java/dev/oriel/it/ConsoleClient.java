package dev.oriel.it;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A stock VNC-over-WebSocket client: RFB 3.8, security None, Raw encoding (RFC 6143). */
final class ConsoleClient implements AutoCloseable {

    private final WebSocket socket;
    private final DataInputStream in;
    private final CompletableFuture<Integer> closed;
    private int width;
    private int height;
    private byte[] screen = new byte[0];

    private ConsoleClient(WebSocket socket, DataInputStream in, CompletableFuture<Integer> closed) {
        this.socket = socket;
        this.in = in;
        this.closed = closed;
    }

    /** Opens a console with a ticket and goes through the RFB handshake. */
    static ConsoleClient open(HttpClient http, String url, String ticket) throws Exception {
        PipedOutputStream sink = new PipedOutputStream();
        DataInputStream in = new DataInputStream(new PipedInputStream(sink, 32 << 20));
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        WebSocket socket = http.newWebSocketBuilder()
                .subprotocols("binary", "ticket." + ticket)
                .connectTimeout(Duration.ofSeconds(10))
                .buildAsync(URI.create(url), new Feeder(sink, closed))
                .get(15, TimeUnit.SECONDS);
        ConsoleClient client = new ConsoleClient(socket, in, closed);
        client.handshake();
        return client;
    }

    /** Asks for the whole screen and returns it, 4 bytes a pixel. */
    byte[] frame() throws IOException {
        request(false);
        return awaitUpdate();
    }

    /** Presses and releases a key (X keysym). */
    void type(int keysym) {
        for (int down : new int[] {1, 0}) {
            send(ByteBuffer.allocate(8)
                    .put((byte) 4)
                    .put((byte) down)
                    .putShort((short) 0)
                    .putInt(keysym));
        }
    }

    void type(String text) {
        text.chars().forEach(this::type);
    }

    /** Waits until the whole screen differs from {@code before}. */
    void awaitChange(byte[] before, Duration limit) {
        Awaitility.await("the picture changes")
                .atMost(limit)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> !Arrays.equals(before, frame()));
    }

    /** The WebSocket close code, once the server closed. */
    int awaitClose(Duration limit) throws Exception {
        return closed.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void handshake() throws IOException {
        byte[] version = in.readNBytes(12);
        if (!new String(version, StandardCharsets.US_ASCII).equals("RFB 003.008\n")) {
            throw new IOException("not RFB 3.8: " + new String(version, StandardCharsets.US_ASCII));
        }
        send(ByteBuffer.wrap(version));
        in.readNBytes(in.readUnsignedByte());
        send(ByteBuffer.wrap(new byte[] {1}));
        if (in.readInt() != 0) {
            throw new IOException("security type None was refused");
        }
        send(ByteBuffer.wrap(new byte[] {1}));
        width = in.readUnsignedShort();
        height = in.readUnsignedShort();
        in.readNBytes(16);
        in.readNBytes(in.readInt());
        // 32 bits a pixel, true colour; then Raw and DesktopSize
        send(ByteBuffer.wrap(
                new byte[] {0, 0, 0, 0, 32, 24, 0, 1, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 16, 8, 0, 0, 0, 0}));
        send(ByteBuffer.allocate(12)
                .put((byte) 2)
                .put((byte) 0)
                .putShort((short) 2)
                .putInt(0)
                .putInt(-223));
    }

    private void request(boolean incremental) {
        send(ByteBuffer.allocate(10)
                .put((byte) 3)
                .put((byte) (incremental ? 1 : 0))
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) width)
                .putShort((short) height));
    }

    private byte[] awaitUpdate() throws IOException {
        for (int messages = 0; messages < 100; messages++) {
            int type = in.readUnsignedByte();
            switch (type) {
                case 0 -> {
                    if (readRectangles()) {
                        return screen.clone();
                    }
                    request(false);
                }
                case 2 -> {}
                case 3 -> {
                    in.readNBytes(3);
                    in.readNBytes(in.readInt());
                }
                default -> throw new IOException("unexpected RFB message " + type);
            }
        }
        throw new IOException("no full update in 100 messages");
    }

    /** Reads one FramebufferUpdate; true when it held pixels of the present size. */
    private boolean readRectangles() throws IOException {
        in.readUnsignedByte();
        int count = in.readUnsignedShort();
        boolean pixels = false;
        for (int i = 0; i < count; i++) {
            int x = in.readUnsignedShort();
            int y = in.readUnsignedShort();
            int w = in.readUnsignedShort();
            int h = in.readUnsignedShort();
            int encoding = in.readInt();
            if (encoding == -223) {
                width = w;
                height = h;
                screen = new byte[w * h * 4];
            } else {
                readRaw(x, y, w, h);
                pixels = true;
            }
        }
        return pixels;
    }

    private void readRaw(int x, int y, int w, int h) throws IOException {
        if (screen.length != width * height * 4) {
            screen = new byte[width * height * 4];
        }
        for (int row = y; row < y + h; row++) {
            in.readFully(screen, (row * width + x) * 4, w * 4);
        }
    }

    private void send(ByteBuffer message) {
        message.rewind();
        try {
            socket.sendBinary(message, true).get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("the console took no message", e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    private static final class Feeder implements WebSocket.Listener {
        private final PipedOutputStream sink;
        private final CompletableFuture<Integer> closed;

        Feeder(PipedOutputStream sink, CompletableFuture<Integer> closed) {
            this.sink = sink;
            this.closed = closed;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(data.remaining());
            byte[] chunk = new byte[data.remaining()];
            data.get(chunk);
            bytes.writeBytes(chunk);
            try {
                bytes.writeTo(sink);
                sink.flush();
            } catch (IOException e) {
                socket.abort();
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            end(code);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            end(1006);
        }

        private void end(int code) {
            closed.complete(code);
            try {
                sink.close();
            } catch (IOException e) {
                throw new IllegalStateException(new EOFException("console pipe"));
            }
        }
    }
}
