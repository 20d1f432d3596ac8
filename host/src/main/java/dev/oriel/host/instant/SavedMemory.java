package dev.oriel.host.instant;

import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.host.disk.DiskLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * What a suspended guest remembers: {@code memory.state} in its instance's directory, with what differs from the frozen
 * memory that it began with, and {@code suspended.json}, which says which memory that was. There as a whole or not at
 * all.
 */
public final class SavedMemory {
    private static final Duration STEP = Duration.ofSeconds(10);

    private final Path directory;

    /**
     * @param key of the frozen state that the guest began with; empty: it had booted
     * @param shape of the hardware that it had; absent in older notes: what its VM has
     */
    private record Note(Optional<String> key, Optional<MemoryShape> shape) {}

    /** @param directory of the instance */
    public SavedMemory(Path directory) {
        this.directory = directory;
    }

    /** Whether the guest is to go on from what it remembers, be that there or lost. */
    public boolean exists() {
        return Files.exists(note());
    }

    /** What it takes; nothing while the guest is not suspended. */
    public Bytes size() {
        return new Bytes(file().toFile().length());
    }

    /** What it remembers; see {@link MemoryFile}. */
    public Path file() {
        return directory.resolve("memory.state");
    }

    /**
     * The key of the frozen state below; empty when there is none.
     *
     * @throws IOException when that cannot be read
     */
    public Optional<String> key() throws IOException {
        return read().key();
    }

    /**
     * The hardware that the guest is to go on with; empty when that of its VM will do.
     *
     * @throws IOException when that cannot be read
     */
    public Optional<MemoryShape> shape() throws IOException {
        return exists() ? read().shape() : Optional.empty();
    }

    private Note read() throws IOException {
        try {
            return OrielJson.mapper().readValue(Files.readAllBytes(note()), Note.class);
        } catch (JacksonException e) {
            throw new IOException("the note of a suspended guest cannot be read", e);
        }
    }

    /**
     * Stops the guest and writes down what it remembers. Its process is of no use afterwards.
     *
     * @param socket made for it, where only this guest's QEMU may enter
     * @param start what it began with
     * @param shape what hardware it has
     * @throws IOException when it cannot be done; the guest may be told to go on
     */
    public void save(QmpCommands guest, Path socket, Optional<InstantStart> start, MemoryShape shape)
            throws IOException, InterruptedException {
        forget();
        cancel(guest);
        wakeFromEarlierTry(guest);
        guest.execute("stop", Map.of(), STEP);
        Path part = directory.resolve("memory.state.part");
        Files.deleteIfExists(part);
        try (Outgoing state = Outgoing.begin(guest, socket, part, start, false)) {
            state.awaitSent();
            state.awaitWritten();
        }
        MemoryFile.force(part);
        Files.move(part, file(), StandardCopyOption.ATOMIC_MOVE);
        write(new Note(start.map(begun -> begun.frozen().key()), Optional.of(shape)));
    }

    /** Has the guest's QEMU end what was begun of it, by whomever; the guest may be told to go on. */
    public static void cancel(QmpCommands guest) throws IOException, InterruptedException {
        Outgoing.endEarlier(guest);
    }

    /**
     * The guest is to go on from what it, or another, remembered once.
     *
     * @param memory that is kept elsewhere too, on the same file system
     */
    public void place(DiskLayer.Memory memory) throws IOException {
        forget();
        Files.createLink(file(), memory.path());
        write(new Note(memory.key(), Optional.of(new MemoryShape(memory.cpus(), memory.size()))));
    }

    private void write(Note note) throws IOException {
        Path part = directory.resolve("suspended.json.part");
        Files.write(part, OrielJson.mapper().writeValueAsBytes(note));
        Files.move(part, note(), StandardCopyOption.ATOMIC_MOVE);
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

    private Path note() {
        return directory.resolve("suspended.json");
    }
}
