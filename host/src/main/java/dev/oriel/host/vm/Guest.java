package dev.oriel.host.vm;

import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qmp.QmpClient;
import dev.oriel.host.qmp.QmpEvent;
import dev.oriel.host.qmp.QmpEvents;
import dev.oriel.host.qmp.QmpException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One running QEMU: its process and, when it answers, its QMP. Owned by one driver; others may read. */
final class Guest implements AutoCloseable {
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration EVENT_PAUSE = Duration.ofSeconds(30);

    private final GuestProcess process;
    private final Attention attention;
    private volatile @Nullable QmpClient qmp;
    private volatile boolean poweredItselfOff;
    private final AtomicLong resets = new AtomicLong();
    private final AtomicLong viewers = new AtomicLong();
    private volatile CompletableFuture<Boolean> eventsRead = CompletableFuture.completedFuture(true);

    Guest(GuestProcess process, Attention attention) {
        this.process = process;
        this.attention = attention;
        var _ = ProcessHandle.of(process.pid()).map(ProcessHandle::onExit).map(exit -> exit.thenRun(attention::raise));
    }

    GuestProcess process() {
        return process;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    boolean isConnected() {
        QmpClient client = qmp;
        return client != null && client.isOpen();
    }

    /** Whether the process ended because the guest powered itself off. Waits a moment for QEMU's last words. */
    boolean poweredItselfOff() {
        eventsRead.completeOnTimeout(false, 1, TimeUnit.SECONDS).join();
        return poweredItselfOff;
    }

    /**
     * Connects QMP, unless it is.
     *
     * @throws QmpException also when the machine behind the socket is another one
     */
    void connect(Path socket, UUID expected, Duration limit) throws QmpException, InterruptedException {
        if (isConnected()) {
            return;
        }
        QmpClient client = QmpClient.connect(socket, limit);
        JsonNode uuid;
        try {
            uuid = client.execute("query-uuid", SHORT);
        } catch (QmpException e) {
            client.close();
            throw e;
        }
        if (!uuid.path("UUID").asString("").equals(expected.toString())) {
            client.close();
            throw QmpException.wrongMachine();
        }
        QmpEvents events = client.subscribe();
        CompletableFuture<Boolean> read = new CompletableFuture<>();
        eventsRead = read;
        qmp = client;
        Thread.ofVirtual().name("events-of-" + process.pid()).start(() -> readEvents(client, events, read));
    }

    /** Whether what answers as its QEMU has ever said what no QEMU says. */
    boolean hasTalkedNonsense() {
        QmpClient client = qmp;
        return client != null && client.hasTalkedNonsense();
    }

    JsonNode execute(String command, Map<String, ?> arguments, Duration limit)
            throws QmpException, InterruptedException {
        QmpClient client = qmp;
        if (client == null) {
            throw QmpException.notConnected();
        }
        return client.execute(command, arguments, limit);
    }

    /** Sends a command whose success shows elsewhere; false when QEMU did not take it. */
    boolean tell(String command) throws InterruptedException {
        try {
            execute(command, Map.of(), SHORT);
            return true;
        } catch (QmpException e) {
            return false;
        }
    }

    /** Presses the reset button and lets the processor run; false when QEMU did not do so in time. */
    boolean reset() throws InterruptedException {
        long before = resets.get();
        return tell("system_reset")
                && attention.await(SHORT, () -> resets.get() > before || !isAlive())
                && tell("cont");
    }

    /** How many viewers have come so far. */
    long viewersSoFar() {
        return viewers.get();
    }

    /** Waits a little for something that QEMU tells nobody of. */
    void pause(Duration time) throws InterruptedException {
        attention.await(time, () -> !isAlive());
    }

    /** Lets go of the process without touching it. */
    @Override
    public void close() {
        QmpClient client = qmp;
        if (client != null) {
            client.close();
        }
    }

    private void readEvents(QmpClient client, QmpEvents events, CompletableFuture<Boolean> read) {
        try (events) {
            Optional<QmpEvent> event = events.next(EVENT_PAUSE);
            while (event.isPresent() || client.isOpen()) {
                event.ifPresent(this::note);
                event = events.next(EVENT_PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            read.complete(true);
            attention.raise();
        }
    }

    private void note(QmpEvent event) {
        if (event.name().equals("SHUTDOWN")
                && event.data().path("guest").asBoolean(false)
                && event.data().path("reason").asString("").equals("guest-shutdown")) {
            poweredItselfOff = true;
        }
        if (event.name().equals("VNC_CONNECTED")) {
            viewers.incrementAndGet();
        }
        if (event.name().equals("RESET")) {
            resets.incrementAndGet();
        }
        attention.raise();
    }
}
