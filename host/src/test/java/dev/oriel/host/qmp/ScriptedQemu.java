package dev.oriel.host.qmp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The other end of a QMP connection, on a real unix socket, saying whatever a test's script says. */
final class ScriptedQemu implements AutoCloseable {
    static final String GREETING =
            "{\"QMP\":{\"version\":{\"qemu\":{\"major\":7,\"minor\":2,\"micro\":22}},\"capabilities\":[]}}";

    private final ServerSocketChannel server;

    interface Script {
        void play(Line line) throws IOException;
    }

    /** What a script does on its connection. */
    record Line(BufferedReader in, OutputStream out) {
        void say(String text) throws IOException {
            out.write((text + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** The id of the next command, which must be this one; the empty text stands for any. */
        String hear(String command) throws IOException {
            String line = in.readLine();
            if (line == null || !line.contains("\"execute\":\"" + command)) {
                throw new IOException("expected " + command + ", heard " + line);
            }
            return line.replaceAll(".*\"id\":\"(\\d+)\".*", "$1");
        }

        void answer(String id, String result) throws IOException {
            say("{\"return\":" + result + ",\"id\":\"" + id + "\"}");
        }

        /** As every QEMU begins. */
        void begin() throws IOException {
            say(GREETING);
            answer(hear("qmp_capabilities"), "{}");
        }
    }

    ScriptedQemu(Path socket, Script script) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(() -> {
            try (SocketChannel peer = server.accept()) {
                BufferedReader in = new BufferedReader(Channels.newReader(peer, StandardCharsets.UTF_8));
                script.play(new Line(in, Channels.newOutputStream(peer)));
            } catch (IOException e) {
                return; // the client hung up, or the test ended
            }
        });
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
