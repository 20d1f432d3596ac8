package dev.oriel.api.upload;

import dev.oriel.api.ApiConfig;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * The bytes of uploads: {@code <uploads>/incoming/<process>/<random>} while they come, {@code <uploads>/<id>} when they are whole
 * and on disk. Names that users choose never become paths. Thread-safe.
 */
@Component
class UploadFiles implements AutoCloseable {
    private static final String NAMES = "[0-9a-f-]{36}";
    /** Left free for the database and running guests: refused with 507 before they suffer. */
    private static final Bytes RESERVE = Bytes.ofGiB(1);

    private final Path directory;
    private final Path arriving;
    private final OwnFolder incoming;
    private final Bytes limit;
    private final Duration patience;

    UploadFiles(ApiConfig config) {
        this.directory = config.uploads();
        this.arriving = directory.resolve("incoming");
        this.limit = config.uploadLimit();
        this.patience = config.uploadQuota().patience();
        try {
            this.incoming = OwnFolder.in(arriving);
        } catch (IOException e) {
            throw new UncheckedIOException("the upload directory cannot be made", e);
        }
    }

    /** A whole file that came in and belongs to nobody yet: {@link #keep} or {@link #drop} it. */
    record Received(Path file, Bytes size, ImageDigest sha256) {}

    /** Refuses early what is announced as too large, or does not fit on the disk. */
    void admit(long announced) {
        if (announced > limit.value()) {
            throw tooLarge();
        }
        if (directory.toFile().getUsableSpace() - Math.max(announced, 0) < RESERVE.value()) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "There is not enough room for this file.");
        }
    }

    /**
     * Streams {@code content} to disk under the size limit; leaves nothing behind when it fails.
     *
     * @param reservation the id of the room taken for it, which is its name meanwhile
     * @param room is told how much has come
     */
    Received receive(UUID reservation, InputStream content, LongConsumer room) throws IOException {
        Path file = incoming.path().resolve(reservation.toString());
        boolean whole = false;
        try (FileSink sink = new FileSink(file)) {
            UploadPace pace = new UploadPace(patience, System::nanoTime);
            long size = 0;
            int read;
            while ((read = sink.read(content)) >= 0) {
                size += read;
                if (size > limit.value()) {
                    throw tooLarge();
                }
                room.accept(size);
                pace.check(size);
                sink.keep(read);
            }
            ImageDigest digest = sink.finish();
            whole = true;
            return new Received(file, sink.size(), digest);
        } finally {
            if (!whole) {
                Files.deleteIfExists(file);
            }
        }
    }

    void keep(Received received, UploadId id) throws IOException {
        Files.move(received.file(), path(id), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(directory)) {
            folder.force(true);
        }
    }

    void drop(Received received) throws IOException {
        Files.deleteIfExists(received.file());
    }

    void delete(UploadId id) {
        try {
            Files.deleteIfExists(path(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path(UploadId id) {
        return directory.resolve(id.toString());
    }

    /** Ids of the kept files older than {@code before}: the sweeper compares them with the rows. */
    List<UploadId> keptBefore(Instant before) throws IOException {
        List<UploadId> ids = new ArrayList<>();
        for (Path file : filesBefore(directory, before)) {
            ids.add(new UploadId(UUID.fromString(file.getFileName().toString())));
        }
        return ids;
    }

    /**
     * Removes what ended processes left half-way, and files here that have lain still for long.
     *
     * @return the reservations of the former, which nobody will give back
     */
    List<UUID> sweepIncoming(Instant before) throws IOException {
        List<UUID> lost = OwnFolder.removeOrphans(arriving).stream()
                .filter(name -> name.matches(NAMES))
                .map(UUID::fromString)
                .toList();
        for (Path file : filesBefore(arriving, before)) {
            Files.deleteIfExists(file);
        }
        for (Path file : filesBefore(incoming.path(), before)) {
            Files.deleteIfExists(file);
        }
        return lost;
    }

    @Override
    public void close() throws IOException {
        incoming.close();
    }

    private static List<Path> filesBefore(Path folder, Instant before) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().matches(NAMES))
                    .filter(file -> modified(file).isBefore(before))
                    .toList();
        }
    }

    private static Instant modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            // Gone between listing and looking: nothing to sweep.
            return Instant.MAX;
        }
    }

    private OrielException tooLarge() {
        return new OrielException(
                ErrorCode.TOO_LARGE, "The file is larger than the limit of " + limit.value() + " bytes.");
    }
}
