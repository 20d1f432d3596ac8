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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
    private static final String NO_SUCH_UPLOAD = "There is no such upload.";
    private static final String EXTENSIONS = "Tus-Extension";
    private static final Set<String> NOT_HERE = Set.of("creation-defer-length", "checksum-trailer");
    /** A status of the protocol's own. */
    private static final int CHECKSUM_MISMATCH = 460;

    private final TusFileUploadService tus;
    private final TusStorage storage;
    private final Uploads uploads;
    private final UploadFiles files;
    private final UploadQuota quota;

    TusUploads(ApiConfig config, Uploads uploads, UploadFiles files, UploadQuota quota, Clock clock) {
        this.uploads = uploads;
        this.files = files;
        this.quota = quota;
        Path directory = config.uploads().resolve("tus");
        this.storage = new TusStorage(directory, clock);
        this.tus = new TusFileUploadService()
                .withStoragePath(directory.toString())
                .withUploadStorageService(storage)
                .withUploadUri(PATH)
                .withMaxUploadSize(config.uploadLimit().value())
                .withUploadExpirationPeriod(LIFE.toMillis())
                .disableTusExtension("concatenation");
    }

    /**
     * Begins one: its length has to be said, since room is taken for all of it now.
     *
     * @return the upload, when it has no bytes and so is whole already
     */
    Optional<Upload> create(UserId owner, HttpServletRequest request, HttpServletResponse response) throws IOException {
        long length = announced(request);
        files.admit(length);
        TusAnswer answer = ask(owner, request, response);
        String location = answer.header("Location").orElseThrow();
        try {
            quota.hold(owner, idOf(location), new Bytes(length), LIFE);
        } catch (OrielException e) {
            delete(location, owner);
            throw e;
        }
        Optional<Upload> whole = length == 0 ? Optional.of(withoutBytes(owner, location, request)) : Optional.empty();
        // Browsers see the path as the front door has it.
        answer.setHeader("Location", ApiConfig.PUBLIC_PREFIX + location);
        answer.send(response);
        return whole;
    }

    /** Any other call of the protocol; the id of the upload once its last piece has come. */
    Optional<Upload> proceed(UserId owner, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String uri = request.getRequestURI();
        TusAnswer answer = ask(owner, request, response);
        if (request.getMethod().equals("DELETE")) {
            quota.release(idOf(uri));
        }
        Optional<Upload> whole = request.getMethod().equals("PATCH") ? finished(owner, uri) : Optional.empty();
        answer.send(response);
        return whole;
    }

    /** What the library answers, unless that is a problem. */
    private TusAnswer ask(UserId owner, HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Tus-Resumable", TusFileUploadService.TUS_API_VERSION);
        TusAnswer answer = new TusAnswer(response);
        tus.process(request, answer, owner.toString());
        if (answer.status().isEmpty()) {
            throw silence(owner, request.getRequestURI());
        }
        int status = answer.status().getAsInt();
        if (status >= HttpServletResponse.SC_BAD_REQUEST) {
            throw problem(status);
        }
        answer.header(EXTENSIONS).ifPresent(all -> answer.setHeader(EXTENSIONS, spokenHere(all)));
        return answer;
    }

    /** The library says nothing when another request works on the upload, which then may be whole and gone. */
    private OrielException silence(UserId owner, String uri) throws IOException {
        return storage.getUploadInfo(uri, owner.toString()) == null
                ? unknown()
                : new OrielException(ErrorCode.LOCKED, "Another request is sending a piece of this upload.");
    }

    private static OrielException problem(int status) {
        return switch (status) {
            case 403, 404, 410 -> unknown();
            case 409 ->
                new OrielException(
                        ErrorCode.STATE_CONFLICT,
                        "It stands elsewhere than the request says: ask where, and go on there.");
            case 412 -> new OrielException(ErrorCode.PRECONDITION_FAILED, "Send Tus-Resumable: 1.0.0.");
            case 413 -> new OrielException(ErrorCode.TOO_LARGE, "The file is larger than the limit.");
            case 415 ->
                new OrielException(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The body must be application/offset+octet-stream.");
            case CHECKSUM_MISMATCH ->
                new OrielException(ErrorCode.CHECKSUM_MISMATCH, "The piece is not what its checksum says.");
            default -> new OrielException(ErrorCode.BAD_REQUEST, "The request is not as tus 1.0.0 has it.");
        };
    }

    /** The library knows more than can be done here: room is taken by length, and Nginx passes on no trailers. */
    private static String spokenHere(String extensions) {
        return Arrays.stream(extensions.split(",", -1))
                .filter(extension -> !NOT_HERE.contains(extension))
                .collect(Collectors.joining(","));
    }

    private Optional<Upload> finished(UserId owner, String uri) throws IOException {
        try {
            UploadInfo info = tus.getUploadInfo(uri, owner.toString());
            if (info == null || info.isUploadInProgress()) {
                return Optional.empty();
            }
            try (InputStream whole = tus.getUploadedBytes(uri, owner.toString())) {
                return Optional.of(accept(owner, info.getMetadata(), whole));
            }
        } catch (TusException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, NO_SUCH_UPLOAD, e);
        } finally {
            forgetWhenWhole(owner, uri);
        }
    }

    /** The library never takes one of no bytes for whole. */
    private Upload withoutBytes(UserId owner, String uri, HttpServletRequest request) throws IOException {
        UploadInfo info = new UploadInfo();
        Optional.ofNullable(request.getHeader("Upload-Metadata")).ifPresent(info::setEncodedMetadata);
        try {
            return accept(owner, info.getMetadata(), InputStream.nullInputStream());
        } finally {
            delete(uri, owner);
            quota.release(idOf(uri));
        }
    }

    private Upload accept(UserId owner, Map<String, String> metadata, InputStream whole) throws IOException {
        return uploads.accept(
                owner,
                metadata.getOrDefault("filename", ""),
                kind(metadata.get("kind")),
                format(metadata.get("format")),
                files.receive(UUID.randomUUID(), whole, _ -> {}));
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
            throw new OrielException(ErrorCode.NOT_FOUND, NO_SUCH_UPLOAD, e);
        }
    }

    private void delete(String uri, UserId owner) throws IOException {
        try {
            tus.deleteUpload(uri, owner.toString());
        } catch (TusException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, NO_SUCH_UPLOAD, e);
        }
    }

    private static OrielException unknown() {
        return new OrielException(ErrorCode.NOT_FOUND, NO_SUCH_UPLOAD);
    }

    @Scheduled(initialDelay = 5, fixedDelay = 60, timeUnit = TimeUnit.MINUTES)
    void forgetExpired() throws IOException {
        tus.cleanup();
    }

    private static long announced(HttpServletRequest request) {
        String text = request.getHeader("Upload-Length");
        try {
            long length = text == null ? -1 : Long.parseLong(text);
            if (length >= 0) {
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
