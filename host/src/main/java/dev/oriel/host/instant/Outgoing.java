package dev.oriel.host.instant;

import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** A guest's whole state on its way out of QEMU into a {@link MemoryFile}. Used by one thread. */
final class Outgoing implements AutoCloseable {
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Set<String> UNDER_WAY =
            Set.of("setup", "active", "pre-switchover", "device", "cancelling", "wait-unplug");
    private static final long NO_LIMIT = 1L << 40;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final QmpCommands guest;
    private final StateSocket socket;
    private final CompletableFuture<Long> taken;

    private Outgoing(QmpCommands guest, StateSocket socket, CompletableFuture<Long> taken) {
        this.guest = guest;
        this.socket = socket;
        this.taken = taken;
    }

    /**
     * Begins.
     *
     * @param at socket to make for it, where only this guest's QEMU may enter
     * @param waits whether QEMU stops before the last of it, until {@link #goOn}
     */
    static Outgoing begin(QmpCommands guest, Path at, Path file, Optional<InstantStart> start, boolean waits)
            throws IOException, InterruptedException {
        endEarlier(guest);
        guest.execute(
                "migrate-set-capabilities",
                Map.of(
                        "capabilities",
                        List.of(
                                Map.of("capability", "x-ignore-shared", "state", false),
                                Map.of("capability", "pause-before-switchover", "state", waits))),
                STEP);
        guest.execute("migrate-set-parameters", Map.of("max-bandwidth", NO_LIMIT, "downtime-limit", 30), STEP);
        StateSocket socket = StateSocket.open(at);
        try {
            CompletableFuture<Long> taken = socket.receive(from -> MemoryFile.write(from, file, start));
            guest.execute("migrate", Map.of("uri", "unix:" + socket.path()), STEP);
            return new Outgoing(guest, socket, taken);
        } catch (IOException | InterruptedException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Waits until QEMU says so.
     *
     * @return false when {@code limit} passed first
     */
    boolean await(String wanted, Duration limit) throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            String status = status(guest);
            if (status.equals(wanted)) {
                return true;
            }
            if (status.equals("failed") || status.equals("cancelled") || taken.isCompletedExceptionally()) {
                throw QmpException.timedOut("the end of the state: " + status);
            }
            if (System.nanoTime() > end) {
                return false;
            }
            pause();
        }
    }

    /**
     * Ends what a VM Manager began that was killed meanwhile: QEMU sends one state at a time. The guest may stand still
     * afterwards.
     */
    static void endEarlier(QmpCommands guest) throws IOException, InterruptedException {
        long end = System.nanoTime() + STEP.toNanos();
        boolean told = false;
        while (UNDER_WAY.contains(status(guest))) {
            if (!told) {
                guest.execute("migrate_cancel", Map.of(), STEP);
                told = true;
            }
            if (System.nanoTime() > end) {
                throw QmpException.timedOut("the end of an earlier state");
            }
            pause();
        }
    }

    private static String status(QmpCommands guest) throws QmpException, InterruptedException {
        return guest.execute("query-migrate", Map.of(), STEP).path("status").asString("");
    }

    private static void pause() throws InterruptedException {
        LockSupport.parkNanos(LOOK_NANOS);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /** The guest stands still; the rest may follow. */
    void goOn() throws IOException, InterruptedException {
        guest.execute("migrate-continue", Map.of("state", "pre-switchover"), STEP);
    }

    /** Waits until QEMU has sent everything. */
    void awaitSent() throws IOException, InterruptedException {
        if (!await("completed", LIMIT)) {
            throw QmpException.timedOut("the end of the state");
        }
    }

    /** Waits until everything is in the file. */
    void awaitWritten() throws IOException, InterruptedException {
        try {
            if (taken.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS) == 0) {
                throw new IOException("the state was not written");
            }
        } catch (ExecutionException e) {
            throw new IOException("the state was not written: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException("the state was not written in time", e);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
