package dev.oriel.it;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a guest says of itself, asked through its own agent beside everything that is tested. */
final class GuestShell {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern AGENT = Pattern.compile("(/[^\0,\"= ]+/agent\\.sock)");

    private final Path socket;

    private GuestShell(Path socket) {
        this.socket = socket;
    }

    /** Of the VM whose QEMU is {@code pid}. */
    static GuestShell of(long pid) throws IOException {
        String line = Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        Matcher found = AGENT.matcher(line);
        if (!found.find()) {
            throw new IOException("no agent in " + line.replace('\0', ' '));
        }
        return new GuestShell(Path.of(found.group(1)));
    }

    /** What {@code script} prints; asked again while the VM Manager itself talks with the agent. */
    String run(String script) {
        String[] said = new String[1];
        Awaitility.await("the guest's agent does: " + script)
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(300))
                .ignoreExceptions()
                .until(() -> {
                    said[0] = once(script);
                    return true;
                });
        return said[0];
    }

    private String once(String script) throws IOException, InterruptedException {
        JsonNode started =
                call("guest-exec", Map.of("path", "/bin/sh", "arg", List.of("-c", script), "capture-output", true));
        for (int i = 0; i < 100; i++) {
            JsonNode status =
                    call("guest-exec-status", Map.of("pid", started.path("pid").asLong()));
            if (status.path("exited").asBoolean()) {
                return new String(
                        Base64.getDecoder().decode(status.path("out-data").asString("")), StandardCharsets.UTF_8);
            }
            Thread.sleep(50);
        }
        throw new IOException("it does not end");
    }

    private JsonNode call(String command, Map<String, ?> arguments) throws IOException, InterruptedException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Thread watchdog = Thread.ofVirtual().start(() -> close(channel, 10_000));
            channel.connect(UnixDomainSocketAddress.of(socket));
            long id = ThreadLocalRandom.current().nextLong(1, 1L << 50);
            send(channel, Map.of("execute", "guest-sync", "arguments", Map.of("id", id)));
            StringBuilder rest = new StringBuilder();
            while (next(channel, rest).path("return").asLong(0) != id) {
                // an answer to somebody before us
            }
            send(channel, Map.of("execute", command, "arguments", arguments));
            JsonNode answer = next(channel, rest);
            watchdog.interrupt();
            if (!answer.has("return")) {
                throw new IOException("refused: " + answer);
            }
            return answer.path("return");
        }
    }

    private static void close(SocketChannel channel, long millis) {
        try {
            Thread.sleep(millis);
            channel.close();
        } catch (InterruptedException | IOException e) {
            Thread.currentThread().interrupt(); // it answered in time
        }
    }

    private static void send(SocketChannel channel, Map<String, ?> message) throws IOException {
        String line = JsonMapper.shared().writeValueAsString(message) + "\n";
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static JsonNode next(SocketChannel channel, StringBuilder rest) throws IOException {
        while (rest.indexOf("\n") < 0) {
            ByteBuffer chunk = ByteBuffer.allocate(4096);
            if (channel.read(chunk) < 0) {
                throw new IOException("the agent's socket was closed");
            }
            rest.append(new String(chunk.array(), 0, chunk.position(), StandardCharsets.ISO_8859_1));
        }
        String line = rest.substring(0, rest.indexOf("\n"));
        rest.delete(0, line.length() + 1);
        return JsonMapper.shared().readTree(line);
    }
}
