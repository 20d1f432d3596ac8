package dev.oriel.app.cli;

import java.io.FileNotFoundException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/** A form with one file, read while it is sent. Immutable. */
final class MultipartBody {
    private final String boundary = "oriel-" + UUID.randomUUID();
    private final Path file;
    private final String kind;

    MultipartBody(Path file, String kind) {
        this.file = file;
        this.kind = kind;
    }

    String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    HttpRequest.BodyPublisher publisher() {
        String name = file.getFileName().toString().replaceAll("[\"\\\\\\p{Cntrl}]", "_");
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n" + kind + "\r\n--"
                + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        try {
            return HttpRequest.BodyPublishers.concat(
                    HttpRequest.BodyPublishers.ofByteArray(head.getBytes(StandardCharsets.UTF_8)),
                    HttpRequest.BodyPublishers.ofFile(file),
                    HttpRequest.BodyPublishers.ofByteArray(
                            ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8)));
        } catch (FileNotFoundException e) {
            throw new CommandFailure(ExitClass.NOT_FOUND, "there is no file " + file);
        }
    }
}
