package dev.oriel.api.upload;

import dev.oriel.api.ApiConfig;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import me.desair.tus.server.TusFileUploadService;
import me.desair.tus.server.exception.TusException;
import me.desair.tus.server.upload.UploadInfo;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Uploads in pieces that can be resumed: the tus protocol (tus.io, version 1.0.0), kept by a library under {@code
 * <uploads>/tus} until the last piece is there; then the file goes the same way as one that came at once. What is not
 * finished within a day is forgotten. Thread-safe.
 */
@Component
class TusUploads {
    static final String PATH = "/post/tus";
    private static final Duration LIFE = Duration.ofHours(24);

    private final TusFileUploadService tus;
    private final Uploads uploads;
    private final UploadFiles files;
    private final UploadQuota quota;

    TusUploads(ApiConfig config, Uploads uploads, UploadFiles files, UploadQuota quota, Clock clock) {
        this.uploads = uploads;
        this.files = files;
        this.quota = quota;
        Path directory = config.uploads().resolve("tus");
        this.tus = new TusFileUploadService()
                .withStoragePath(directory.toString())
                .withUploadStorageService(new TusStorage(directory, clock))
                .withUploadUri(PATH)
                .withMaxUploadSize(config.uploadLimit().value())
                .withUploadExpirationPeriod(LIFE.toMillis())
                .disableTusExtension("concatenation");
    }

    /** Begins one: its length has to be said, since room is taken for all of it now. */
    void create(UserId owner, HttpServletRequest request, HttpServletResponse response) throws IOException {
        long length = announced(request);
        files.admit(length);
        tus.process(request, response, owner.toString());
        String location = response.getHeader("Location");
        if (response.getStatus() != HttpServletResponse.SC_CREATED || location == null) {
            return;
        }
        try {
            quota.hold(owner, idOf(location), new Bytes(length), LIFE);
        } catch (OrielException e) {
            delete(location, owner);
            makeRoomForProblem(response);
            throw e;
        }
        // Browsers see the path as the front door has it.
        response.setHeader("Location", ApiConfig.PUBLIC_PREFIX + location);
    }

    /** Any other call of the protocol; the id of the upload once its last piece has come. */
    Optional<Upload> proceed(UserId owner, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String uri = request.getRequestURI();
        tus.process(request, response, owner.toString());
        if (response.getStatus() == HttpServletResponse.SC_OK
                && request.getMethod().equals("PATCH")) {
            // Somebody else has sent the last piece meanwhile: the library says nothing at all then.
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such upload.");
        }
        boolean done = response.getStatus() == HttpServletResponse.SC_NO_CONTENT;
        if (done && request.getMethod().equals("DELETE")) {
            quota.release(idOf(uri));
        }
        if (!done || !request.getMethod().equals("PATCH")) {
            return Optional.empty();
        }
        try {
            return finished(owner, uri);
        } catch (OrielException e) {
            makeRoomForProblem(response);
            throw e;
        }
    }

    /** The library has announced an empty body already. */
    private static void makeRoomForProblem(HttpServletResponse response) {
        response.setContentLengthLong(-1);
    }

    private Optional<Upload> finished(UserId owner, String uri) throws IOException {
        try {
            UploadInfo info = tus.getUploadInfo(uri, owner.toString());
            if (info == null || info.isUploadInProgress()) {
                return Optional.empty();
            }
            Map<String, String> metadata = info.getMetadata();
            UploadFiles.Received received;
            try (InputStream whole = tus.getUploadedBytes(uri, owner.toString())) {
                received = files.receive(UUID.randomUUID(), whole, _ -> {});
            }
            return Optional.of(uploads.accept(
                    owner,
                    metadata.getOrDefault("filename", ""),
                    kind(metadata.get("kind")),
                    format(metadata.get("format")),
                    received));
        } catch (TusException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such upload.", e);
        } finally {
            forgetWhenWhole(owner, uri);
        }
    }

    /** Whole and judged, one way or the other: nothing of it is needed any more. */
    private void forgetWhenWhole(UserId owner, String uri) throws IOException {
        try {
            UploadInfo info = tus.getUploadInfo(uri, owner.toString());
            if (info != null && !info.isUploadInProgress()) {
                delete(uri, owner);
                quota.release(idOf(uri));
            }
        } catch (TusException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such upload.", e);
        }
    }

    private void delete(String uri, UserId owner) throws IOException {
        try {
            tus.deleteUpload(uri, owner.toString());
        } catch (TusException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such upload.", e);
        }
    }

    @Scheduled(initialDelay = 5, fixedDelay = 60, timeUnit = TimeUnit.MINUTES)
    void forgetExpired() throws IOException {
        tus.cleanup();
    }

    private static long announced(HttpServletRequest request) {
        String text = request.getHeader("Upload-Length");
        try {
            long length = text == null ? 0 : Long.parseLong(text);
            if (length > 0) {
                return length;
            }
        } catch (NumberFormatException e) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "Upload-Length must be a number of bytes.", e);
        }
        throw new OrielException(ErrorCode.BAD_REQUEST, "Say the length of the file by Upload-Length.");
    }

    private static UUID idOf(String uri) {
        return UUID.fromString(uri.substring(uri.lastIndexOf('/') + 1));
    }

    private static UploadKind kind(@Nullable String word) {
        return word == null
                ? UploadKind.FILE
                : UploadKind.of(word)
                        .orElseThrow(
                                () -> new OrielException(ErrorCode.BAD_REQUEST, "kind must be iso, disk or file."));
    }

    private static Optional<ImageFormat> format(@Nullable String word) {
        if (word == null || word.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Arrays.stream(ImageFormat.values())
                .filter(format -> format.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(
                        () -> new OrielException(ErrorCode.BAD_REQUEST, "format must be qcow2, raw, vmdk or iso.")));
    }
}
