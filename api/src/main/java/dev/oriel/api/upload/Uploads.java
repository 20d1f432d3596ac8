package dev.oriel.api.upload;

import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.image.inspect.ImageVerdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What can be done with uploads; everything by owner, and somebody else's is not found. Thread-safe. */
@Component
public class Uploads {
    private static final int MAX_NAME = 255;

    private final UploadStore store;
    private final UploadFiles files;
    private final ImageJudge judge;
    private final AuditLog audit;
    private final Clock clock;

    Uploads(UploadStore store, UploadFiles files, ImageJudge judge, AuditLog audit, Clock clock) {
        this.audit = audit;
        this.store = store;
        this.files = files;
        this.judge = judge;
        this.clock = clock;
    }

    /** Judges a received file and keeps it, or throws {@code BAD_IMAGE} and leaves nothing. */
    Upload accept(UserId owner, String name, UploadKind kind, Optional<ImageFormat> format, UploadFiles.Received file)
            throws IOException {
        try {
            Optional<ImageVerdict.Accepted> verdict = judged(owner, name, kind, format, file);
            Upload upload = new Upload(
                    UploadId.random(),
                    owner,
                    displayName(name),
                    file.size(),
                    file.sha256(),
                    kind,
                    verdict.map(ImageVerdict.Accepted::format),
                    verdict.map(ImageVerdict.Accepted::virtualSize),
                    "ready",
                    clock.instant().truncatedTo(ChronoUnit.MICROS),
                    Optional.empty());
            // File first: a row always has its bytes. A file without a row is swept.
            files.keep(file, upload.id());
            store.insert(upload);
            return upload;
        } finally {
            files.drop(file);
        }
    }

    private Optional<ImageVerdict.Accepted> judged(
            UserId owner, String name, UploadKind kind, Optional<ImageFormat> format, UploadFiles.Received file)
            throws IOException {
        try {
            return judge.judge(owner, kind, format, file.file());
        } catch (OrielException e) {
            if (e.code() == ErrorCode.BAD_IMAGE) {
                audit.record(Act.IMAGE_REFUSED, owner, displayName(name) + ": " + e.getMessage());
            }
            throw e;
        }
    }

    public Optional<Upload> find(UserId owner, UploadId id) {
        return store.find(owner, id);
    }

    public Upload get(UserId owner, UploadId id) {
        return find(owner, id).orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is no such upload."));
    }

    /** Where the bytes of a kept upload lie. */
    public Path path(Upload upload) {
        return files.path(upload.id());
    }

    /** Notes the digest of the disc image around an upload. */
    public void rememberDisc(Upload upload, ImageDigest disc) {
        store.rememberDisc(upload.id(), disc);
    }

    /** All of {@code owner}'s, the newest first. */
    public List<Upload> list(UserId owner) {
        return store.list(owner);
    }

    void delete(UserId owner, UploadId id) {
        Upload upload = get(owner, id);
        if (store.delete(owner, upload.id())) {
            files.delete(upload.id());
        }
    }

    /** Control characters and line ends become spaces; the rest is kept as text. */
    private static String displayName(String name) {
        String clean = name.codePoints()
                .map(point ->
                        Character.isISOControl(point) || Character.getType(point) == Character.FORMAT ? ' ' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        String bounded = clean.length() > MAX_NAME ? clean.substring(0, MAX_NAME) : clean;
        return bounded.isEmpty() ? "unnamed" : bounded;
    }
}
