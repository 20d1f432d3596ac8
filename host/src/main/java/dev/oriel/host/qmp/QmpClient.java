package dev.oriel.host.qmp;

import dev.oriel.core.json.OrielJson;
import dev.oriel.host.qmp.QmpException.Kind;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One connection to one QEMU. Replies find their call by id, so calls may overlap; every event goes to each
 * subscriber's own queue (subscribe before sending what causes it). Garbage, an oversized line or the end of the stream
 * closes the connection and fails everything that waits. Thread-safe; its two threads are virtual and end with it.
 */
public final class QmpClient implements AutoCloseable {
    /** QEMU's longest answers (full command and property lists) are a few hundred KiB. */
    static final int MAX_LINE = 1 << 20;

    private static final Logger LOG = System.getLogger(QmpClient.class.getName());
    private static final int MAX_UNSENT = 64;

    private final SocketChannel channel;
    private final AtomicLong ids = new AtomicLong();
    private final Map<String, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
    private final List<QmpEvents> listeners = new CopyOnWriteArrayList<>();
    private final BlockingQueue<ByteBuffer> unsent = new ArrayBlockingQueue<>(MAX_UNSENT);
    private final CompletableFuture<Boolean> greeted = new CompletableFuture<>();
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private volatile boolean talkedNonsense;

    private QmpClient(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects, awaits the greeting and enters command mode.
     *
     * @throws QmpException when that is not done within {@code limit}; nothing stays open
     */
    public static QmpClient connect(Path socket, Duration limit) throws QmpException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        QmpClient client = new QmpClient(open());
        try {
            Thread.ofVirtual().name("qmp-reader").start(() -> client.run(socket));
            client.await(client.greeted, "the greeting", Duration.ofNanos(end - System.nanoTime()));
            client.execute("qmp_capabilities", Map.of(), Duration.ofNanos(end - System.nanoTime()));
            return client;
        } catch (QmpException | InterruptedException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /** As {@link #execute(String, Map, Duration)} without arguments. */
    public JsonNode execute(String command, Duration limit) throws QmpException, InterruptedException {
        return execute(command, Map.of(), limit);
    }

    /**
     * Sends a command and waits for what it returns.
     *
     * @throws QmpException when QEMU refuses, does not answer within {@code limit}, or the connection is over
     */
    public JsonNode execute(String command, Map<String, ?> arguments, Duration limit)
            throws QmpException, InterruptedException {
        String id = Long.toString(ids.incrementAndGet());
        CompletableFuture<JsonNode> reply = new CompletableFuture<>();
        pending.put(id, reply);
        try {
            send(Map.of("execute", command, "arguments", arguments, "id", id));
            // Closing fails what was pending then; this call may have come a moment later.
            if (closed.isDone()) {
                reply.completeExceptionally(new QmpException(Kind.DISCONNECTED, closed.join()));
            }
            return await(reply, command, limit);
        } finally {
            pending.remove(id);
        }
    }

    /** A queue of all events from now on. Close it when done. */
    public QmpEvents subscribe() {
        QmpEvents events = new QmpEvents(listeners::remove);
        listeners.add(events);
        if (closed.isDone()) {
            events.end();
        }
        return events;
    }

    /** Completes with the reason when the connection is over. */
    public CompletableFuture<String> closed() {
        return closed.copy();
    }

    public boolean isOpen() {
        return !closed.isDone();
    }

    /** Whether the connection ended because what came was no QMP. */
    public boolean hasTalkedNonsense() {
        return talkedNonsense;
    }

    @Override
    public void close() {
        end("closed by us");
    }

    private static SocketChannel open() throws QmpException {
        try {
            return SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new QmpException(Kind.DISCONNECTED, "no socket to be had: " + e.getMessage());
        }
    }

    private void run(Path socket) {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().name("qmp-writer").start(this::write);
            BoundedLines lines = new BoundedLines(channel, MAX_LINE);
            Optional<String> line = lines.next();
            while (line.isPresent() && isOpen()) {
                if (!line.get().isEmpty()) {
                    receive(OrielJson.mapper().readTree(line.get()));
                }
                line = lines.next();
            }
            end("QEMU closed the connection");
        } catch (JacksonException e) {
            end(Kind.NONSENSE, "QEMU sent something that is not JSON");
        } catch (StreamCorruptedException e) {
            end(Kind.NONSENSE, String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            end(String.valueOf(e.getMessage()));
        }
    }

    /** The one that writes: a QEMU that reads nothing stops this thread, not the callers and their deadlines. */
    private void write() {
        try {
            while (isOpen()) {
                ByteBuffer next = unsent.poll(1, TimeUnit.SECONDS);
                while (next != null && next.hasRemaining()) {
                    channel.write(next);
                }
            }
        } catch (IOException e) {
            end(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end("interrupted");
        }
    }

    private void send(Map<String, ?> message) throws QmpException {
        byte[] line = (OrielJson.mapper().writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
        if (!unsent.offer(ByteBuffer.wrap(line))) {
            throw new QmpException(Kind.TIMED_OUT, "QEMU does not read its commands");
        }
    }

    private void receive(JsonNode message) throws IOException {
        @Nullable JsonNode id = message.get("id");
        if (message.has("QMP")) {
            greeted.complete(true);
        } else if (message.has("event")) {
            JsonNode data = message.path("data");
            QmpEvent event = new QmpEvent(
                    message.path("event").asString(""),
                    data.isObject() ? data : OrielJson.mapper().createObjectNode());
            listeners.forEach(listener -> listener.offer(event));
        } else if (message.has("return") || message.has("error")) {
            answer(id, message);
        } else {
            throw new StreamCorruptedException("QEMU sent something that is not QMP");
        }
    }

    private void answer(@Nullable JsonNode id, JsonNode message) {
        CompletableFuture<JsonNode> reply = id == null ? null : pending.remove(id.asString(""));
        if (reply == null) {
            LOG.log(Level.DEBUG, "a QMP reply that nobody waits for any more");
        } else if (message.has("error")) {
            reply.completeExceptionally(new QmpException(
                    Kind.REFUSED, message.path("error").path("desc").asString("no description")));
        } else {
            reply.complete(message.path("return"));
        }
    }

    private <T> T await(CompletableFuture<T> future, String what, Duration limit)
            throws QmpException, InterruptedException {
        try {
            return future.get(Math.max(0, limit.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new QmpException(Kind.TIMED_OUT, what + ": no answer within " + limit.toMillis() + " ms");
        } catch (ExecutionException e) {
            Kind kind = e.getCause() instanceof QmpException known ? known.kind() : Kind.DISCONNECTED;
            throw new QmpException(
                    kind,
                    what + ": " + (e.getCause() == null ? "" : e.getCause().getMessage()));
        }
    }

    private void end(String reason) {
        end(Kind.DISCONNECTED, reason);
    }

    private void end(Kind kind, String reason) {
        if (kind == Kind.NONSENSE) {
            talkedNonsense = true;
        }
        if (!closed.complete(reason)) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "closing a QMP socket", e);
        }
        QmpException failure = new QmpException(kind, reason);
        greeted.completeExceptionally(failure);
        pending.values().forEach(reply -> reply.completeExceptionally(failure));
        listeners.forEach(QmpEvents::end);
    }
}
