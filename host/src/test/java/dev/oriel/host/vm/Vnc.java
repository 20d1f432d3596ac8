package dev.oriel.host.vm;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Presses a key on a VM's console. */
final class Vnc {
    private Vnc() {}

    static void press(Path socket, char key) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            read(channel, 12);
            write(channel, "RFB 003.008\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            read(channel, read(channel, 1).get(0));
            write(channel, new byte[] {1});
            read(channel, 4);
            write(channel, new byte[] {1});
            read(channel, read(channel, 24).getInt(20));
            write(channel, new byte[] {4, 1, 0, 0, 0, 0, 0, (byte) key, 4, 0, 0, 0, 0, 0, 0, (byte) key});
            // The server reads until we hang up: a request it must answer proves that it saw the key.
            write(channel, new byte[] {3, 0, 0, 0, 0, 0, 0, 1, 0, 1});
            read(channel, 4);
        } catch (IOException e) {
            return; // hung up on: the key did its work, or the caller presses again
        }
    }

    private static ByteBuffer read(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new java.io.EOFException();
            }
        }
        return buffer.flip();
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
