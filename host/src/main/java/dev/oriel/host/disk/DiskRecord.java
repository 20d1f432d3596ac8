package dev.oriel.host.disk;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/** {@code disk.json} of one instance: the {@link DiskChain} on disk, replaced as a whole. Used by one thread at a time. */
public final class DiskRecord {
    private final Path file;

    /** @param instance the instance's directory */
    public DiskRecord(Path instance) {
        this.file = instance.resolve("disk.json");
    }

    /**
     * The chain; empty when the instance has no disk yet.
     *
     * @throws IOException when there is a record that cannot be read: its disk must not be touched then
     */
    public Optional<DiskChain> read() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(OrielJson.mapper().readValue(Files.readAllBytes(file), DiskChain.class));
        } catch (JacksonException e) {
            throw new IOException("the record of a disk cannot be read", e);
        }
    }

    /** Replaces it; on disk, with the files it names in their directories, before this returns. */
    public void write(DiskChain chain) throws IOException {
        Path part = part();
        ByteBuffer json = ByteBuffer.wrap(OrielJson.mapper().writeValueAsBytes(chain));
        try (FileChannel out = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (json.hasRemaining()) {
                out.write(json);
            }
            out.force(false);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        force(file.toAbsolutePath().resolveSibling(""));
    }

    /** Removes what a VM Manager left that was killed while it wrote. */
    public void tidy() throws IOException {
        Files.deleteIfExists(part());
    }

    private Path part() {
        return file.resolveSibling("disk.json.part");
    }

    /** Forgets the disk, whose files are gone. */
    public void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    /** Makes names in a directory survive a power loss. */
    static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
