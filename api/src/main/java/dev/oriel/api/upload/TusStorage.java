package dev.oriel.api.upload;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import me.desair.tus.server.exception.UploadNotFoundException;
import me.desair.tus.server.upload.UploadId;
import me.desair.tus.server.upload.UploadInfo;
import me.desair.tus.server.upload.disk.DiskStorageService;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The tus library's own storage on disk, but for what it notes of each upload: that is JSON here, not serialised Java
 * objects, which Oriel's processes refuse to read. Thread-safe, as the library locks each upload.
 */
final class TusStorage extends DiskStorageService {
    private final Clock clock;

    /** What is noted of an upload on its way. */
    private record Note(
            UUID id,
            long offset,
            Optional<Long> length,
            Optional<String> metadata,
            Optional<String> owner,
            Optional<Instant> expiresAt) {}

    TusStorage(Path directory, Clock clock) {
        super(directory.toString());
        this.clock = clock;
    }

    @Override
    public void update(UploadInfo info) throws IOException, UploadNotFoundException {
        Path file = noteOf(info.getId());
        if (!Files.isDirectory(file.resolveSibling(""))) {
            throw new UploadNotFoundException("there is no such upload");
        }
        Note note = new Note(
                UUID.fromString(info.getId().toString()),
                info.getOffset() == null ? 0 : info.getOffset(),
                Optional.ofNullable(info.getLength()),
                Optional.ofNullable(info.getEncodedMetadata()),
                Optional.ofNullable(info.getOwnerKey()),
                Optional.ofNullable(info.getExpirationTimestamp()).map(Instant::ofEpochMilli));
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, OrielJson.mapper().writeValueAsBytes(note));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    @SuppressWarnings("NullAway") // null is how the library says that there is none
    public @Nullable UploadInfo getUploadInfo(@Nullable UploadId id) throws IOException {
        // An address that names none: where uploads begin, for one.
        if (id == null) {
            return null;
        }
        try {
            Note note = OrielJson.mapper().readValue(Files.readAllBytes(noteOf(id)), Note.class);
            UploadInfo info = new UploadInfo();
            info.setId(new UploadId(note.id()));
            info.setOffset(note.offset());
            note.length().ifPresent(info::setLength);
            note.metadata().ifPresent(info::setEncodedMetadata);
            note.owner().ifPresent(info::setOwnerKey);
            note.expiresAt().ifPresent(end -> info.updateExpiration(end.toEpochMilli() - clock.millis()));
            return info;
        } catch (NoSuchFileException e) {
            return null;
        } catch (JacksonException e) {
            throw new IOException("the note of an upload is broken", e);
        }
    }

    private Path noteOf(UploadId id) {
        return getPathInStorageDirectory(id).resolve("info");
    }
}
