package dev.oriel.gateway;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A VNC server on a unix socket that speaks the handshake of RFB 3.8 and reads client messages as strictly as one can. */
final class TestVnc implements AutoCloseable {
    /** What a connection does after the handshake, on a thread of its own. */
    interface Behaviour {
        void run(Connection connection) throws IOException;
    }

    private final Path path;
    private final ServerSocketChannel server;
    private final Behaviour behaviour;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final AtomicInteger open = new AtomicInteger();

    TestVnc(Path path, Behaviour behaviour) throws IOException {
        this.path = path;
        this.behaviour = behaviour;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path), 128);
        Thread.ofVirtual().start(this::accept);
    }

    /** Reads messages until the viewer leaves. */
    static void listen(Connection connection) throws IOException {
        connection.readMessages();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                Connection connection = new Connection(server.accept());
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Connection connection) {
        open.incrementAndGet();
        try (SocketChannel _ = connection.socket) {
            connection.handshake();
            behaviour.run(connection);
        } catch (Illegal e) {
            connection.illegal.add(e.getMessage());
        } catch (IOException e) {
            // The viewer left.
        } finally {
            connection.ended = true;
            open.decrementAndGet();
        }
    }

    List<Connection> connections() {
        return connections;
    }

    Connection last() {
        return connections.getLast();
    }

    int open() {
        return open.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
        for (Connection connection : connections) {
            connection.socket.close();
        }
    }

    /** The client said something that no RFB client may say. */
    static final class Illegal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Illegal(String message) {
            super(message);
        }
    }

    /** One viewer as the VNC server sees it. */
    static final class Connection {
        private final SocketChannel socket;
        final DataInputStream in;
        final OutputStream out;
        /** Each message after the handshake, as hex of its type and body. */
        final List<String> messages = new CopyOnWriteArrayList<>();

        final List<String> illegal = new CopyOnWriteArrayList<>();
        volatile boolean ended;

        Connection(SocketChannel socket) {
            this.socket = socket;
            this.in = new DataInputStream(Channels.newInputStream(socket));
            this.out = Channels.newOutputStream(socket);
        }

        void handshake() throws IOException {
            out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
            byte[] version = in.readNBytes(12);
            if (version.length < 12) {
                throw new IOException("left");
            }
            String text = new String(version, StandardCharsets.US_ASCII);
            check(text.matches("RFB 003\\.00[378]\n"), "version");
            if (!text.endsWith("3\n")) {
                out.write(new byte[] {1, 1});
                check(in.readUnsignedByte() == 1, "security type");
                out.write(new byte[4]);
            }
            check(in.readUnsignedByte() == 1, "shared flag");
            byte[] init = new byte[24];
            init[0] = 4;
            init[2] = 3;
            out.write(init);
        }

        void readMessages() throws IOException {
            while (true) {
                int type = in.read();
                if (type < 0) {
                    return;
                }
                messages.add(readMessage(type));
            }
        }

        private String readMessage(int type) throws IOException {
            return switch (type) {
                case 0 -> pixelFormat(body(19));
                case 2 -> {
                    in.readByte();
                    int count = in.readUnsignedShort();
                    check(count <= 256, "encodings");
                    List<String> encodings = new ArrayList<>();
                    for (int i = 0; i < count; i++) {
                        encodings.add(Integer.toString(in.readInt()));
                    }
                    yield "encodings " + String.join(",", encodings);
                }
                case 3 -> "update " + hex(body(9));
                case 4 -> "key " + hex(body(7));
                case 5 -> "pointer " + hex(body(5));
                case 6 -> {
                    body(3);
                    int length = in.readInt();
                    check(length >= 0 && length <= 256 << 10, "cut text");
                    yield "cut " + body(length).length;
                }
                case 255 -> {
                    check(in.readUnsignedByte() == 0, "QEMU message");
                    yield "qemu-key " + hex(body(10));
                }
                default -> throw new Illegal("type " + type);
            };
        }

        private static String pixelFormat(byte[] body) {
            int bits = body[3];
            check(bits == 8 || bits == 16 || bits == 32, "bits per pixel");
            return "format " + hex(body);
        }

        private byte[] body(int length) throws IOException {
            byte[] body = in.readNBytes(length);
            // A cut message at the end of the stream is illegal too: the gateway passes whole ones.
            check(body.length == length, "cut short");
            return body;
        }

        private static void check(boolean holds, String what) {
            if (!holds) {
                throw new Illegal(what);
            }
        }

        private static String hex(byte[] bytes) {
            return java.util.HexFormat.of().formatHex(bytes);
        }

        void hold() {
            LockSupport.parkNanos(java.time.Duration.ofSeconds(60).toNanos());
        }
    }
}
