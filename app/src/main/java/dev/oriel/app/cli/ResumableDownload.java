package dev.oriel.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Fetches something into a file, going on where an earlier try (also of an earlier command) was cut off: what is there
 * lies in {@code <file>.part}, and ranges of HTTP fetch the rest. {@code <file>.version} says of which version of it that
 * is: of another one everything is fetched anew. The file appears only when it is whole.
 */
final class ResumableDownload {
    private static final int TRIES = 5;
    private static final int CHUNK = 256 << 10;
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int RANGE_REFUSED = 416;

    private final HttpClient client;
    private final Supplier<HttpRequest.Builder> request;

    /** @param request a GET to be sent any number of times, with a range added */
    ResumableDownload(HttpClient client, Supplier<HttpRequest.Builder> request) {
        this.client = client;
        this.request = request;
    }

    /**
     * Fetches it.
     *
     * @param sha256 what the whole must have, in hex; then a part is gone on with whatever its server says of versions
     */
    void into(Path file, Optional<String> sha256, TransferProgress progress) throws InterruptedException {
        Path directory = file.toAbsolutePath().resolveSibling("");
        if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new CommandFailure(ExitClass.OTHER, "no file can be written in " + directory);
        }
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Path version = file.resolveSibling(file.getFileName() + ".version");
        long before = 0;
        for (int tried = 1; ; tried++) {
            try {
                fetch(part, version, sha256.isPresent(), progress);
                break;
            } catch (IOException e) {
                long now = sizeOf(part);
                tried = now > before ? 1 : tried;
                before = now;
                if (tried == TRIES) {
                    throw new CommandFailure(
                            ExitClass.UNAVAILABLE,
                            "the transfer broke off (" + e + "): run the command again to go on");
                }
            }
        }
        try {
            if (sha256.isPresent() && !sha256.get().equalsIgnoreCase(digestOf(part))) {
                Files.delete(part);
                throw new CommandFailure(ExitClass.REFUSED, "what came has another SHA-256 than it should: removed");
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            Files.deleteIfExists(version);
        } catch (IOException e) {
            throw new CommandFailure(ExitClass.OTHER, "the file cannot be written: " + e.getMessage());
        }
    }

    private void fetch(Path part, Path version, boolean checked, TransferProgress progress)
            throws IOException, InterruptedException {
        Optional<String> known = Files.exists(version) ? Optional.of(Files.readString(version)) : Optional.empty();
        long have = known.isPresent() || checked ? sizeOf(part) : 0;
        HttpRequest.Builder wanted = request.get();
        if (have > 0) {
            wanted.header("Range", "bytes=" + have + "-");
            known.ifPresent(value -> wanted.header("If-Range", value));
        }
        HttpResponse<InputStream> answer = client.send(wanted.GET().build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream content = answer.body()) {
            switch (answer.statusCode()) {
                case PARTIAL -> append(part, content, have, total(answer, have), progress);
                case OK -> {
                    Files.deleteIfExists(part);
                    note(version, answer);
                    append(part, content, 0, total(answer, 0), progress);
                }
                case RANGE_REFUSED -> refused(part, answer, have, progress);
                default ->
                    throw new CommandFailure(
                            ExitClass.of(answer.statusCode(), ""), "the server answered " + answer.statusCode());
            }
        }
    }

    /** All of it is here already, or what is here is of something else. */
    private static void refused(Path part, HttpResponse<?> answer, long have, TransferProgress progress)
            throws IOException {
        String range = answer.headers().firstValue("Content-Range").orElse("");
        if (have == 0 || !range.endsWith("/" + have)) {
            Files.deleteIfExists(part);
            throw new IOException("the server has another file by now");
        }
        progress.at(have, have);
    }

    /** What tells this version from others, as far as the server says: only what it vouches for byte by byte. */
    private static void note(Path version, HttpResponse<?> answer) throws IOException {
        Optional<String> tag = answer.headers().firstValue("ETag").filter(value -> !value.startsWith("W/"));
        Optional<String> known = tag.or(() -> answer.headers().firstValue("Last-Modified"));
        if (known.isPresent()) {
            Files.writeString(version, known.get());
        } else {
            Files.deleteIfExists(version);
        }
    }

    private static long sizeOf(Path part) {
        return part.toFile().length();
    }

    private static long total(HttpResponse<?> answer, long have) {
        return answer.headers().firstValueAsLong("Content-Length").orElse(-have) + have;
    }

    private static void append(Path part, InputStream content, long from, long total, TransferProgress progress)
            throws IOException {
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.truncate(from);
            file.position(from);
            byte[] chunk = new byte[CHUNK];
            long seen = from;
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, read);
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                seen += read;
                progress.at(seen, total);
            }
            if (total > 0 && seen < total) {
                throw new IOException("cut off after " + seen + " of " + total + " bytes");
            }
        }
    }

    private static String digestOf(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[CHUNK];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                sha256.update(chunk, 0, read);
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
