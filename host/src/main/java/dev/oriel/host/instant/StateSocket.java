package dev.oriel.host.instant;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;

/** A unix socket of ours to which a QEMU writes its state once. Lies in a directory that only this QEMU may enter. */
final class StateSocket implements AutoCloseable {
    private final Path path;
    private final ServerSocketChannel server;

    /** Takes what QEMU writes until it ends. */
    interface Receiver {
        long take(SocketChannel from) throws IOException;
    }

    private StateSocket(Path path, ServerSocketChannel server) {
        this.path = path;
        this.server = server;
    }

    static StateSocket open(Path path) throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path), 1);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
            return new StateSocket(path, server);
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    /** Waits in a thread of its own for the one connection; closing the socket ends the wait. */
    CompletableFuture<Long> receive(Receiver receiver) {
        CompletableFuture<Long> taken = new CompletableFuture<>();
        Thread.ofVirtual().name("state-of-a-guest").start(() -> {
            try (SocketChannel channel = server.accept()) {
                taken.complete(receiver.take(channel));
            } catch (IOException | RuntimeException e) {
                taken.completeExceptionally(e);
            }
        });
        return taken;
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
    }
}
