package dev.oriel.host.instant;

import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;

/**
 * What a suspended guest remembers: {@code memory.state} in its instance's directory, with what differs from the frozen
 * memory that it began with, and {@code suspended.json}, which says which memory that was. There as a whole or not at
 * all.
 */
public final class SavedMemory {
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final long NO_LIMIT = 1L << 40;

    private final Path directory;

    /** @param key of the frozen state that the guest began with; empty: it had booted */
    private record Note(Optional<String> key) {}

    /** @param directory of the instance */
    public SavedMemory(Path directory) {
        this.directory = directory;
    }

    /** Whether the guest is suspended. */
    public boolean exists() {
        return Files.exists(note()) && Files.exists(file());
    }

    /** What it takes; nothing while the guest is not suspended. */
    public Bytes size() {
        return new Bytes(file().toFile().length());
    }

    /** The state, as QEMU reads it. */
    public Path file() {
        return directory.resolve("memory.state");
    }

    /**
     * The key of the frozen state below; empty when there is none.
     *
     * @throws IOException when that cannot be read
     */
    public Optional<String> key() throws IOException {
        try {
            return OrielJson.mapper()
                    .readValue(Files.readAllBytes(note()), Note.class)
                    .key();
        } catch (JacksonException e) {
            throw new IOException("the note of a suspended guest cannot be read", e);
        }
    }

    /**
     * Stops the guest and writes down what it remembers. Its process is of no use afterwards.
     *
     * @param control directory that only this guest's QEMU may enter
     * @param start what it began with
     * @throws IOException when it cannot be done; the guest may be told to go on
     */
    public void save(QmpCommands guest, Path control, Optional<InstantStart> start)
            throws IOException, InterruptedException {
        forget();
        wakeFromEarlierTry(guest);
        guest.execute("stop", Map.of(), STEP);
        Incoming.ignoreShared(guest, false);
        guest.execute("migrate-set-parameters", Map.of("max-bandwidth", NO_LIMIT), STEP);
        Path part = directory.resolve("memory.state.part");
        Files.deleteIfExists(part);
        write(guest, control.resolve("state.sock"), part, start);
        Files.move(part, file(), StandardCopyOption.ATOMIC_MOVE);
        Path note = directory.resolve("suspended.json.part");
        Files.write(
                note,
                OrielJson.mapper()
                        .writeValueAsBytes(
                                new Note(start.map(begun -> begun.frozen().key()))));
        Files.move(note, note(), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Forgets it, because the guest goes on, or is not to. */
    public void forget() throws IOException {
        for (String file :
                new String[] {"suspended.json", "memory.state", "memory.state.part", "suspended.json.part"}) {
            Files.deleteIfExists(directory.resolve(file));
        }
    }

    /** A guest whose state was written once does not write it again before it has run. */
    private static void wakeFromEarlierTry(QmpCommands guest) throws IOException, InterruptedException {
        String status =
                guest.execute("query-status", Map.of(), STEP).path("status").asString("");
        if (status.equals("postmigrate") || status.equals("finish-migrate")) {
            guest.execute("cont", Map.of(), STEP);
        }
    }

    private void write(QmpCommands guest, Path path, Path part, Optional<InstantStart> start)
            throws IOException, InterruptedException {
        try (StateSocket socket = StateSocket.open(path)) {
            CompletableFuture<Long> taken = socket.receive(from -> filter(from, part, start));
            guest.execute("migrate", Map.of("uri", "unix:" + path), STEP);
            long bytes = taken.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            awaitCompleted(guest);
            if (bytes == 0) {
                throw new IOException("the state was not written");
            }
        } catch (ExecutionException e) {
            throw new IOException("the state was not written: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException("the state was not written in time", e);
        }
    }

    private static void awaitCompleted(QmpCommands guest) throws IOException, InterruptedException {
        long end = System.nanoTime() + STEP.toNanos();
        String status = "";
        while (!status.equals("completed")) {
            status = guest.execute("query-migrate", Map.of(), STEP)
                    .path("status")
                    .asString("");
            if (status.equals("failed") || status.equals("cancelled") || System.nanoTime() > end) {
                throw QmpException.timedOut("the end of the state: " + status);
            }
        }
    }

    private static long filter(java.nio.channels.SocketChannel from, Path part, Optional<InstantStart> start)
            throws IOException {
        try (Arena arena = Arena.ofShared();
                FileChannel to = FileChannel.open(
                        part,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            Optional<MemorySegment> frozen =
                    start.isPresent() ? Optional.of(map(start.get(), arena)) : Optional.empty();
            long bytes = StateFilter.run(from, to, frozen);
            to.force(false);
            return bytes;
        }
    }

    private static MemorySegment map(InstantStart start, Arena arena) throws IOException {
        try (FileChannel memory = FileChannel.open(start.memory().file(), StandardOpenOption.READ)) {
            return memory.map(FileChannel.MapMode.READ_ONLY, 0, memory.size(), arena);
        } catch (NoSuchFileException e) {
            throw new IOException("the frozen memory is not there", e);
        }
    }

    private Path note() {
        return directory.resolve("suspended.json");
    }
}
