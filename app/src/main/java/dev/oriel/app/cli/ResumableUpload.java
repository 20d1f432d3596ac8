package dev.oriel.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sends a large file by the tus protocol: when the connection breaks, or the server restarts, it goes on from what the
 * server has. Where that is stands in a file, so that the next command for the same file goes on too when this one is
 * killed. For one thread.
 */
final class ResumableUpload {
    /** In a row, without a byte in between. */
    private static final int TRIES = 10;

    private static final int PAUSE_SECONDS = 2;
    private static final int CREATED = 201;
    private static final int OK = 200;
    private static final int DONE = 204;
    private static final int CONFLICT = 409;
    private static final int LOCKED = 423;
    private static final int SERVER_ERROR = 500;

    private final HttpClient client;
    private final Function<String, HttpRequest.Builder> request;
    private final Path file;
    private final long size;
    private final Path notes;

    /**
     * @param request begins a request to a path of the API, signed in and with a deadline
     * @param notes directory for what the next command must know
     */
    ResumableUpload(
            HttpClient client, Function<String, HttpRequest.Builder> request, Path file, long size, Path notes) {
        this.client = client;
        this.request = request.andThen(begun -> begun.setHeader("Tus-Resumable", "1.0.0"));
        this.file = file;
        this.size = size;
        this.notes = notes;
    }

    /** Either the whole file was taken, and this is its id, or this is why not. */
    sealed interface Result {
        record Stored(String id) implements Result {}

        record Refused(HttpResponse<String> answer) implements Result {}
    }

    Result send(Map<String, String> fields, TransferProgress progress) throws InterruptedException {
        Path note = notes.resolve(UserCache.nameOf(identity(fields)));
        Optional<String> begun = begunBefore(note);
        if (begun.isEmpty()) {
            switch (begin(fields)) {
                case Begun.At(String path) -> begun = Optional.of(path);
                case Begun.Refused(HttpResponse<String> answer) -> {
                    return new Result.Refused(answer);
                }
            }
            write(note, begun.get());
        }
        Result result = sendAll(begun.get(), progress);
        forget(note);
        return result;
    }

    private sealed interface Begun {
        record At(String path) implements Begun {}

        record Refused(HttpResponse<String> answer) implements Begun {}
    }

    private Begun begin(Map<String, String> fields) throws InterruptedException {
        HttpResponse<String> begun;
        try {
            begun = exchange(request.apply("/post/tus")
                    .header("Upload-Length", String.valueOf(size))
                    .header("Upload-Metadata", metadata(fields))
                    .POST(HttpRequest.BodyPublishers.noBody()));
        } catch (IOException e) {
            throw new CommandFailure(ExitClass.UNAVAILABLE, "the server does not answer: " + e);
        }
        return begun.statusCode() == CREATED
                ? new Begun.At(begun.headers().firstValue("Location").orElse("").replaceFirst("^/api", ""))
                : new Begun.Refused(begun);
    }

    /** An upload of the same content to the same place, as far as the server still has it. */
    private Optional<String> begunBefore(Path note) throws InterruptedException {
        try {
            if (!Files.exists(note)) {
                return Optional.empty();
            }
            String path = Files.readString(note);
            HttpResponse<String> answer = exchange(request.apply(path).HEAD());
            return Optional.of(path).filter(_ -> isThere(answer));
        } catch (IOException e) {
            throw new CommandFailure(ExitClass.UNAVAILABLE, "the upload cannot go on: " + e);
        }
    }

    private boolean isThere(HttpResponse<String> answer) {
        return (answer.statusCode() == OK || answer.statusCode() == DONE)
                && answer.headers().firstValueAsLong("Upload-Offset").orElse(size) < size
                && answer.headers().firstValueAsLong("Upload-Length").orElse(-1) == size;
    }

    /** A file that was changed is another one; so is the same one for another server, account or purpose. */
    private String identity(Map<String, String> fields) {
        HttpRequest target = request.apply("/post/tus").build();
        return String.join(
                "\n",
                target.uri().toString(),
                target.headers().firstValue("Authorization").orElse(""),
                file.toAbsolutePath().normalize().toString(),
                String.valueOf(size),
                String.valueOf(file.toFile().lastModified()),
                new TreeMap<>(fields).toString());
    }

    private static void write(Path note, String path) {
        try {
            Files.writeString(note, path);
        } catch (IOException e) {
            throw new CommandFailure(ExitClass.OTHER, "a note cannot be written: " + e.getMessage());
        }
    }

    private static void forget(Path note) {
        try {
            Files.deleteIfExists(note);
        } catch (IOException e) {
            throw new CommandFailure(ExitClass.OTHER, "a note cannot be removed: " + e.getMessage());
        }
    }

    private Result sendAll(String path, TransferProgress progress) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        long before = -1;
        for (int failed = 0; failed < TRIES; failed++) {
            try {
                long offset = offset(path);
                if (offset > before) {
                    failed = 0;
                    before = offset;
                }
                HttpResponse<String> answer = exchange(request.apply(path)
                        .header("Upload-Offset", String.valueOf(offset))
                        .setHeader("Content-Type", "application/offset+octet-stream")
                        .method("PATCH", from(offset, progress)));
                if (answer.statusCode() == DONE) {
                    return new Result.Stored(
                            answer.headers().firstValue("Oriel-Upload").orElse(""));
                }
                if (!mayBeTriedAgain(answer.statusCode())) {
                    return new Result.Refused(answer);
                }
            } catch (IOException e) {
                System.getLogger(ResumableUpload.class.getName())
                        .log(System.Logger.Level.DEBUG, "an upload was cut off and goes on", e);
            }
            if (never.await(PAUSE_SECONDS, TimeUnit.SECONDS)) {
                break;
            }
        }
        throw new CommandFailure(ExitClass.UNAVAILABLE, "the upload was cut off again and again");
    }

    private static boolean mayBeTriedAgain(int status) {
        return status == CONFLICT || status == LOCKED || status >= SERVER_ERROR;
    }

    private long offset(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = exchange(request.apply(path).HEAD());
        if (answer.statusCode() != OK && answer.statusCode() != DONE) {
            throw new IOException("the server answered " + answer.statusCode());
        }
        return answer.headers().firstValueAsLong("Upload-Offset").orElse(0);
    }

    private HttpRequest.BodyPublisher from(long offset, TransferProgress progress) {
        return HttpRequest.BodyPublishers.fromPublisher(
                HttpRequest.BodyPublishers.ofInputStream(() -> progress.watch(open(offset), offset, size)),
                size - offset);
    }

    private InputStream open(long offset) {
        try {
            InputStream in = Files.newInputStream(file);
            in.skipNBytes(offset);
            return in;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String metadata(Map<String, String> fields) {
        return Stream.concat(
                        Stream.of(Map.entry("filename", file.getFileName().toString())), fields.entrySet().stream())
                .map(field -> field.getKey() + " "
                        + Base64.getEncoder().encodeToString(field.getValue().getBytes(StandardCharsets.UTF_8)))
                .collect(Collectors.joining(","));
    }

    private HttpResponse<String> exchange(HttpRequest.Builder prepared) throws IOException, InterruptedException {
        return client.send(prepared.build(), HttpResponse.BodyHandlers.ofString());
    }
}
