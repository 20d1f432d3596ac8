package dev.oriel.host.qmp;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The guest agent of one guest (QEMU's {@code qemu-ga}), for as long as somebody needs it: one connection, one command
 * at a time. Everything it says comes from inside the guest and is believed accordingly: bounded lines, bounded waits,
 * and its word counts for nothing but its own file systems. Not thread-safe.
 */
public final class GuestAgent implements AutoCloseable {
    private static final Logger LOG = System.getLogger(GuestAgent.class.getName());
    private static final int MAX_LINE = 64 << 10;
    private static final int MAX_STALE = 16;

    private final SocketChannel channel;
    private final BoundedLines lines;

    private GuestAgent(SocketChannel channel) {
        this.channel = channel;
        this.lines = new BoundedLines(channel, MAX_LINE);
    }

    /** Connects; empty when no agent answers within {@code limit}. */
    public static Optional<GuestAgent> connect(Path socket, Duration limit) throws InterruptedException {
        try {
            SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            GuestAgent agent = new GuestAgent(channel);
            // Answers to whoever spoke before are skipped until ours comes.
            long id = System.nanoTime() & 0x7fff_ffff;
            for (int stale = 0; stale < MAX_STALE; stale++) {
                Optional<JsonNode> answer =
                        stale == 0 ? agent.call("guest-sync", Map.of("id", id), limit) : agent.next(limit);
                if (answer.isEmpty()) {
                    break;
                }
                if (answer.get().asLong(-1) == id) {
                    return Optional.of(agent);
                }
            }
            agent.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "no guest agent", e);
        }
        return Optional.empty();
    }

    /** What a command returns; empty when the agent refuses, or does not answer within {@code limit}. */
    public Optional<JsonNode> call(String command, Map<String, ?> arguments, Duration limit)
            throws InterruptedException {
        String line = OrielJson.mapper().writeValueAsString(Map.of("execute", command, "arguments", arguments)) + "\n";
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        return within(limit, () -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return read();
        });
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "closing the socket of a guest agent", e);
        }
    }

    private Optional<JsonNode> next(Duration limit) throws InterruptedException {
        return within(limit, this::read);
    }

    private Optional<JsonNode> read() throws IOException {
        return lines.next().map(line -> OrielJson.mapper().readTree(line).path("return"));
    }

    private interface Exchange {
        Optional<JsonNode> run() throws IOException;
    }

    /** An exchange that is not over in time ends with the connection. */
    private Optional<JsonNode> within(Duration limit, Exchange exchange) throws InterruptedException {
        CompletableFuture<Optional<JsonNode>> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("guest-agent").start(() -> {
            try {
                answer.complete(exchange.run().filter(value -> !value.isMissingNode()));
            } catch (IOException | JacksonException e) {
                LOG.log(Level.DEBUG, "the guest agent says nothing of use", e);
                answer.complete(Optional.empty());
            }
        });
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            close();
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an exchange always completes", e);
        }
    }
}
