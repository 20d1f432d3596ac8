package dev.oriel.host.instant;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The agent inside a guest that has one. It answers what it likes when it likes: every call has a deadline, answers are
 * bounded, and nothing that it says is believed further than what it was asked for. A connection of its own per call.
 */
final class GuestAgent {
    private static final int MAX_ANSWER = 64 << 10;

    private final Path socket;

    GuestAgent(Path socket) {
        this.socket = socket;
    }

    /** Whether there is an agent that answers within {@code limit}. */
    boolean answers(Duration limit) throws InterruptedException {
        try {
            JsonNode _ = call("guest-ping", Map.of(), limit);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * What the agent returns.
     *
     * @throws IOException when it does not answer in time, or refuses
     */
    JsonNode call(String command, Map<String, ?> arguments, Duration limit) throws IOException, InterruptedException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            CompletableFuture<JsonNode> answer = new CompletableFuture<>();
            Thread.ofVirtual().name("guest-agent").start(() -> {
                try {
                    answer.complete(talk(channel, command, arguments));
                } catch (IOException | RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the guest's agent does not answer", e);
        } catch (ExecutionException e) {
            throw new IOException("the guest's agent failed: " + e.getCause(), e);
        }
    }

    /** A sync first: what an earlier caller did not wait for must not be taken for this answer. */
    private JsonNode talk(SocketChannel channel, String command, Map<String, ?> arguments) throws IOException {
        channel.connect(UnixDomainSocketAddress.of(socket));
        long id = ThreadLocalRandom.current().nextLong(1, 1L << 50);
        send(channel, Map.of("execute", "guest-sync", "arguments", Map.of("id", id)));
        Lines lines = new Lines(channel);
        while (lines.next().path("return").asLong(0) != id) {
            // an answer to somebody before us
        }
        send(channel, Map.of("execute", command, "arguments", arguments));
        JsonNode answer = lines.next();
        if (!answer.has("return")) {
            throw new IOException("refused");
        }
        return answer.path("return");
    }

    private static void send(SocketChannel channel, Map<String, ?> message) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(
                (OrielJson.mapper().writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Lines of JSON, bounded; what is none is skipped. */
    private static final class Lines {
        private final SocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocate(4096).limit(0);
        private int left = MAX_ANSWER;

        Lines(SocketChannel channel) {
            this.channel = channel;
        }

        JsonNode next() throws IOException {
            while (true) {
                try {
                    return OrielJson.mapper().readTree(line());
                } catch (JacksonException e) {
                    left -= 1;
                }
            }
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                if (!buffer.hasRemaining()) {
                    fill();
                }
                byte next = buffer.get();
                if (--left <= 0) {
                    throw new IOException("an endless answer");
                }
                if (next == '\n') {
                    return line.toString();
                }
                line.append((char) (next & 0xff));
            }
        }

        private void fill() throws IOException {
            buffer.clear();
            if (channel.read(buffer) < 0) {
                throw new IOException("the agent's socket was closed");
            }
            buffer.flip();
        }
    }
}
