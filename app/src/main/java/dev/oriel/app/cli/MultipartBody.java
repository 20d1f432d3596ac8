package dev.oriel.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** A form with one file, read while it is sent. Immutable. */
final class MultipartBody {
    private final String boundary = "oriel-" + UUID.randomUUID();
    private final Path file;
    private final long size;
    private final Map<String, String> fields;

    /** @param fields come before the file, as the server wants them */
    MultipartBody(Path file, Map<String, String> fields) {
        this.file = file;
        this.fields = Map.copyOf(fields);
        if (Files.isDirectory(file)) {
            throw new CommandFailure(ExitClass.REFUSED, file + " is a directory: upload a file, or an archive of it");
        }
        if (!Files.isReadable(file)) {
            throw new CommandFailure(ExitClass.NOT_FOUND, "there is no file " + file + " that can be read");
        }
        try {
            this.size = Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of the file alone, in bytes. */
    long size() {
        return size;
    }

    String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    /** Of known length; {@code progress} hears of every piece that is taken to be sent. */
    HttpRequest.BodyPublisher publisher(TransferProgress progress) {
        String name = file.getFileName().toString().replaceAll("[\"\\\\\\p{Cntrl}]", "_");
        String head = fields.entrySet().stream()
                        .map(field -> part(field.getKey(), "", field.getValue() + "\r\n"))
                        .collect(Collectors.joining())
                + part("file", "; filename=\"" + name + "\"\r\nContent-Type: application/octet-stream", "");
        // A publisher of a known length must not be empty.
        HttpRequest.BodyPublisher content = size == 0
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofInputStream(() -> progress.watch(open(), 0, size)), size);
        return HttpRequest.BodyPublishers.concat(
                HttpRequest.BodyPublishers.ofByteArray(head.getBytes(StandardCharsets.UTF_8)),
                content,
                HttpRequest.BodyPublishers.ofByteArray(
                        ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8)));
    }

    private String part(String name, String more, String content) {
        return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n"
                + content;
    }

    private InputStream open() {
        try {
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
