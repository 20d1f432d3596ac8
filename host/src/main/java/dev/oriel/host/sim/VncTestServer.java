package dev.oriel.host.sim;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A VNC server on a unix socket that shows a {@link TestCard} to many viewers at once. Thread-safe. */
final class VncTestServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(VncTestServer.class.getName());
    private static final int MAX_VIEWERS = 256;

    private final Path socket;
    private final ServerSocketChannel listener;
    private final Supplier<TestCard> drawing;
    private final String name;
    private final Set<VncViewer> viewers = ConcurrentHashMap.newKeySet();
    private @Nullable TestCard drawn;

    private VncTestServer(Path socket, ServerSocketChannel listener, Supplier<TestCard> drawing, String name) {
        this.socket = socket;
        this.listener = listener;
        this.drawing = drawing;
        this.name = name;
    }

    /**
     * Listens at {@code socket}, replacing what an earlier process left there.
     *
     * @param drawing makes the picture, once, when somebody looks: hardly anybody looks at most of a thousand VMs
     */
    static VncTestServer start(Path socket, Supplier<TestCard> drawing, String name) throws IOException {
        Files.createDirectories(socket.getParent());
        Files.deleteIfExists(socket);
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        VncTestServer server = new VncTestServer(socket, listener, drawing, name);
        Thread.ofVirtual().name("sim-vnc-accept").start(server::accept);
        return server;
    }

    /** Whether anybody is connected. */
    boolean isWatched() {
        return !viewers.isEmpty();
    }

    private synchronized TestCard card() {
        TestCard known = drawn == null ? drawing.get() : drawn;
        drawn = known;
        return known;
    }

    byte[] png() {
        return card().png();
    }

    /** Closes viewers that neither greet nor read; called every few seconds. */
    void dropStuck() {
        long now = System.nanoTime();
        viewers.stream().filter(viewer -> viewer.stuck(now)).forEach(VncViewer::close);
    }

    /** Ends every viewer and removes the socket. */
    @Override
    public void close() {
        try {
            listener.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a simulated console did not close cleanly", e);
        }
        viewers.forEach(VncViewer::close);
    }

    private void accept() {
        try {
            while (listener.isOpen()) {
                serve(listener.accept());
            }
        } catch (ClosedChannelException e) {
            // closed: the end
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a simulated console stopped accepting viewers", e);
        }
    }

    private void serve(SocketChannel channel) throws IOException {
        if (viewers.size() >= MAX_VIEWERS) {
            channel.close();
            return;
        }
        VncViewer viewer = new VncViewer(channel, card(), name);
        viewers.add(viewer);
        if (!listener.isOpen()) {
            viewer.close(); // closed while this viewer came
        }
        Thread.ofVirtual().name("sim-vnc-viewer").start(() -> {
            try {
                viewer.serve();
            } finally {
                viewers.remove(viewer);
            }
        });
    }
}
