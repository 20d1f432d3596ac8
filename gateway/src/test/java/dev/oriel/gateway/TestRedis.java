package dev.oriel.gateway;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import redis.embedded.RedisExecProvider;

/** A real Redis server as a child process, with the restricted user a gateway gets. Can be stopped, frozen, restarted. */
final class TestRedis implements AutoCloseable {
    static final String PASSWORD = "gateway-test-password-of-32-chars";
    private static final String USER = "gateway";
    private static final String ACL = "user " + USER + " on >" + PASSWORD
            + " resetkeys ~oriel:ticket:* ~oriel:revoked:* resetchannels &oriel:revocations"
            + " -@all +get +mget +set +ping +subscribe +unsubscribe";

    private final Path directory;
    private final int port;
    private Process process;

    TestRedis(Path directory) throws Exception {
        this.directory = directory;
        try (ServerSocket free = new ServerSocket(0)) {
            this.port = free.getLocalPort();
        }
        this.process = launch();
    }

    private Process launch() throws Exception {
        Path settings = directory.resolve("redis.conf");
        Files.writeString(
                settings,
                String.join("\n", "port " + port, "bind 127.0.0.1", "save \"\"", "dir " + directory, ACL, ""));
        File binary = RedisExecProvider.defaultProvider().get();
        Process started = new ProcessBuilder(binary.getAbsolutePath(), settings.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!answers()) {
            if (System.nanoTime() > deadline || !started.isAlive()) {
                throw new IllegalStateException("Redis does not start");
            }
            Thread.sleep(20);
        }
        return started;
    }

    private boolean answers() {
        try {
            return command("PING").startsWith("+PONG");
        } catch (IOException e) {
            return false;
        }
    }

    /** As the default user, which a real installation keeps for itself: what the API would do. */
    String command(String... words) throws IOException {
        return command(2000, words);
    }

    /** Waits for a frozen Redis. */
    String slowCommand(String... words) {
        try {
            return command(30_000, words);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String command(int millis, String... words) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(millis);
            StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
            for (String word : words) {
                text.append('$')
                        .append(word.getBytes(StandardCharsets.UTF_8).length)
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
            socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            byte[] answer = new byte[4096];
            int length = in.read(answer);
            return new String(answer, 0, Math.max(length, 0), StandardCharsets.UTF_8);
        }
    }

    String url() {
        return "redis://" + USER + ":" + PASSWORD + "@127.0.0.1:" + port;
    }

    void stop() {
        process.destroyForcibly().onExit().join();
    }

    void restart() throws Exception {
        process = launch();
    }

    void freeze() throws Exception {
        signal("-STOP");
    }

    void thaw() throws Exception {
        signal("-CONT");
    }

    private void signal(String signal) throws Exception {
        new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    }

    @Override
    public void close() {
        stop();
    }
}
