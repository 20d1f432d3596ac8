package dev.oriel.bench.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A VNC server that does what a measurement asks for: the x of an update request says what to send. A process of its own,
 * so that its work is nobody else's.
 */
@Command(name = "mock-vnc", hidden = true, mixinStandardHelpOptions = true)
public final class MockVnc implements Callable<Integer> {
    /** Sends as much as is taken, for ever. */
    static final int STREAM = 1;
    /** Answers with {@link #MESSAGE} bytes. */
    static final int ANSWER = 2;
    /** Sends {@link #PICTURE} bytes, {@link #PICTURES_PER_SECOND} times a second, for ever. */
    static final int PAINT = 3;

    /** As {@link #PAINT}, {@link #CALM_PER_SECOND} times a second. */
    static final int CALM = 4;

    static final int CALM_PER_SECOND = 10;
    static final int MESSAGE = 200;
    static final int PICTURE = 20_000;
    static final int PICTURES_PER_SECOND = 30;
    /** What a connection gets before its first message: version, security types, result, ServerInit. */
    static final int[] HANDSHAKE = {12, 2, 4, 24};

    private static final int BLOCK = 256 << 10;

    @Option(names = "--unix", required = true)
    private Path unix = Path.of("");

    @Option(names = "--port", required = true)
    private int port;

    @Override
    public Integer call() throws IOException {
        ServerSocketChannel local = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        local.bind(UnixDomainSocketAddress.of(unix), 1024);
        ServerSocketChannel tcp = ServerSocketChannel.open();
        tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        Thread.ofPlatform().daemon().start(() -> accept(tcp));
        accept(local);
        return 0;
    }

    private static void accept(ServerSocketChannel server) {
        while (server.isOpen()) {
            try {
                SocketChannel viewer = server.accept();
                Thread.ofVirtual().start(() -> serve(viewer));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void serve(SocketChannel viewer) {
        try (viewer) {
            if (viewer.getRemoteAddress() instanceof InetSocketAddress) {
                viewer.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            greet(viewer);
            ByteBuffer request = ByteBuffer.allocate(10);
            while (true) {
                read(viewer, request);
                switch (request.getShort(2)) {
                    case STREAM -> stream(viewer);
                    case PAINT -> paint(viewer, PICTURES_PER_SECOND);
                    case CALM -> paint(viewer, CALM_PER_SECOND);
                    case ANSWER -> write(viewer, ByteBuffer.allocateDirect(MESSAGE));
                    default -> throw new IOException("an unknown wish");
                }
            }
        } catch (IOException e) {
            // The viewer left, as they do.
        }
    }

    private static void greet(SocketChannel viewer) throws IOException {
        write(viewer, ByteBuffer.wrap("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII)));
        read(viewer, ByteBuffer.allocate(12));
        write(viewer, ByteBuffer.wrap(new byte[] {1, 1}));
        read(viewer, ByteBuffer.allocate(1));
        write(viewer, ByteBuffer.allocate(4));
        read(viewer, ByteBuffer.allocate(1));
        write(
                viewer,
                ByteBuffer.allocate(24)
                        .putShort((short) 1024)
                        .putShort((short) 768)
                        .clear());
    }

    private static void stream(SocketChannel viewer) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        while (true) {
            write(viewer, block.clear());
        }
    }

    private static void paint(SocketChannel viewer, int perSecond) throws IOException {
        ByteBuffer picture = ByteBuffer.allocateDirect(PICTURE);
        long pause = Duration.ofSeconds(1).toNanos() / perSecond;
        for (long next = System.nanoTime(); ; next += pause) {
            LockSupport.parkNanos(next - System.nanoTime());
            write(viewer, picture.clear());
        }
    }

    private static void write(SocketChannel viewer, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            viewer.write(bytes);
        }
    }

    private static void read(SocketChannel viewer, ByteBuffer wanted) throws IOException {
        wanted.clear();
        while (wanted.hasRemaining()) {
            if (viewer.read(wanted) < 0) {
                throw new IOException("left");
            }
        }
    }
}
