package dev.oriel.api.upload;

import dev.oriel.api.account.Caller;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageFormat;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.apache.commons.fileupload2.core.FileItemHeaders;
import org.apache.commons.fileupload2.jakarta.servlet6.JakartaServletFileUpload;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.Resource;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRange;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /post}: upload, list, download, delete. The body is streamed; memory does not grow with the file. */
@RestController
@RequestMapping("/post")
class UploadResource {
    private static final int MAX_FIELDS = 8;
    /** The only unit of ranges there is; others are as if they were not asked for (RFC 9110). */
    private static final String BYTES = "bytes=";

    /** RFC 2046 allows 70 characters. */
    private static final int MAX_BOUNDARY = 200;

    private static final int BUFFER = 128 << 10;
    private static final int MAX_FIELD_LENGTH = 256;

    private final Uploads uploads;
    private final UploadFiles files;
    private final UploadQuota quota;

    UploadResource(Uploads uploads, UploadFiles files, UploadQuota quota) {
        this.uploads = uploads;
        this.files = files;
        this.quota = quota;
    }

    @Operation(
            requestBody =
                    @RequestBody(
                            content =
                                    @Content(
                                            mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
                                            schema = @Schema(implementation = UploadForm.class))))
    @PostMapping(consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    ResponseEntity<Upload> upload(Caller caller, HttpServletRequest request) throws IOException {
        files.admit(request.getContentLengthLong());
        Form form = new Form();
        try (UploadQuota.Reservation room = quota.reserve(caller.id(), request.getContentLengthLong())) {
            readParts(request, form, room);
            UploadFiles.Received received = form.received;
            if (received == null) {
                throw new OrielException(ErrorCode.BAD_REQUEST, "The form has no part named 'file'.");
            }
            Upload upload = uploads.accept(caller.id(), form.name, form.kind, form.format, received);
            return ResponseEntity.created(URI.create("/post/" + upload.id())).body(upload);
        } finally {
            if (form.received != null) {
                files.drop(form.received);
            }
        }
    }

    @GetMapping
    List<Upload> list(Caller caller) {
        return uploads.list(caller.id());
    }

    @GetMapping("/{id}")
    Upload show(Caller caller, @PathVariable("id") String id) {
        return uploads.get(caller.id(), parse(id));
    }

    /** As an attachment that no browser runs, whatever it is. Ranges are honoured, also by {@code If-Range}. */
    @GetMapping("/{id}/content")
    ResponseEntity<Resource> content(
            Caller caller,
            @PathVariable("id") String id,
            @RequestHeader(name = HttpHeaders.RANGE, required = false) @Nullable String range,
            @RequestHeader(name = HttpHeaders.IF_RANGE, required = false) @Nullable String ifRange) {
        Upload upload = uploads.get(caller.id(), parse(id));
        String tag = '"' + upload.sha256().value() + '"';
        boolean part = range != null && range.startsWith(BYTES) && (ifRange == null || ifRange.equals(tag));
        if (range != null && part && !isThere(range, upload)) {
            // Spring would send the whole file with this status.
            return ResponseEntity.status(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
                    .header(
                            HttpHeaders.CONTENT_RANGE,
                            "bytes */" + upload.size().value())
                    .build();
        }
        Resource file = new FileSystemResource(uploads.path(upload));
        // Of a mere stream Spring sends no parts, whatever the request asks for.
        boolean whole = range != null && !part;
        ResponseEntity.BodyBuilder answer =
                whole ? ResponseEntity.ok().contentLength(upload.size().value()) : ResponseEntity.ok();
        return answer.contentType(MediaType.APPLICATION_OCTET_STREAM)
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment()
                                .filename(upload.name(), StandardCharsets.UTF_8)
                                .build()
                                .toString())
                .header("X-Content-Type-Options", "nosniff")
                .header("Content-Security-Policy", "default-src 'none'; sandbox")
                .eTag(tag)
                .body(whole ? new InputStreamResource(file) : file);
    }

    private static boolean isThere(String range, Upload upload) {
        try {
            return HttpRange.parseRanges(range).stream()
                    .allMatch(part -> part.getRangeStart(upload.size().value())
                            < upload.size().value());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(Caller caller, @PathVariable("id") String id) {
        uploads.delete(caller.id(), parse(id));
    }

    private static final class Form {
        UploadKind kind = UploadKind.FILE;
        Optional<ImageFormat> format = Optional.empty();
        String name = "";
        UploadFiles.@Nullable Received received;
    }

    private void readParts(HttpServletRequest request, Form form, UploadQuota.Reservation room) throws IOException {
        JakartaServletFileUpload<?, ?> syntax = new JakartaServletFileUpload<>();
        byte[] boundary = syntax.getBoundary(request.getContentType());
        if (boundary == null || boundary.length == 0 || boundary.length > MAX_BOUNDARY) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "The content type names no good boundary.");
        }
        MultipartBody body = new MultipartBody(request.getInputStream(), boundary, BUFFER);
        for (int count = 0; body.next(); count++) {
            if (count >= MAX_FIELDS) {
                throw new OrielException(ErrorCode.BAD_REQUEST, "The form has too many parts.");
            }
            FileItemHeaders headers = syntax.getParsedHeaders(body.headers());
            switch (String.valueOf(syntax.getFieldName(headers))) {
                case "file" -> readFile(rawName(syntax, headers), body, form, room);
                case "kind" ->
                    form.kind = UploadKind.of(field(body))
                            .orElseThrow(
                                    () -> new OrielException(ErrorCode.BAD_REQUEST, "kind must be iso, disk or file."));
                case "format" -> form.format = Optional.of(format(field(body)));
                default ->
                    throw new OrielException(
                            ErrorCode.BAD_REQUEST, "The form has an unknown part; known are file, kind and format.");
            }
        }
    }

    private void readFile(String name, MultipartBody body, Form form, UploadQuota.Reservation room) throws IOException {
        if (form.received != null) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "Send one file at a time.");
        }
        form.name = name;
        form.received = files.receive(room.id(), body.content(), room::cover);
    }

    private static String rawName(JakartaServletFileUpload<?, ?> syntax, FileItemHeaders headers) {
        try {
            String name = syntax.getFileName(headers);
            return name == null ? "" : name;
        } catch (IllegalArgumentException e) {
            // A NUL in the name: the file is welcome, the name is not.
            return "";
        }
    }

    private static String field(MultipartBody body) throws IOException {
        byte[] bytes = body.content().readNBytes(MAX_FIELD_LENGTH + 1);
        if (bytes.length > MAX_FIELD_LENGTH) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "A field of the form is too long.");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static ImageFormat format(String word) {
        return Arrays.stream(ImageFormat.values())
                .filter(format -> format.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(
                        () -> new OrielException(ErrorCode.BAD_REQUEST, "format must be qcow2, raw, vmdk or iso."));
    }

    /** Something that is no id is as unknown as an id that does not exist. */
    private static UploadId parse(String text) {
        try {
            return new UploadId(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such upload.", e);
        }
    }
}
