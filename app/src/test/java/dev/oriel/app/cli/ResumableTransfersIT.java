package dev.oriel.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transfers that were cut off, also by the end of their command, go on; of another version nothing is kept. */
class ResumableTransfersIT {
    private static final int SIZE = 3 << 20;
    private static final int CUT = 1 << 20;

    @TempDir
    Path directory;

    private final List<String> seen = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private volatile byte[] content = bytes(1);
    private volatile String version = "\"one\"";
    private volatile boolean cut;
    private volatile byte[] received = {};
    private volatile boolean lost;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/image", this::download);
        server.createContext("/api/post/tus", this::upload);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void downloadToWhereNothingCanBeWritten_isSaid() {
        Path nowhere = directory.resolve("missing/image");
        assertThatThrownBy(() -> new ResumableDownload(HttpClient.newHttpClient(), HttpRequest::newBuilder)
                        .into(nowhere, Optional.empty(), TransferProgress.of("image")))
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exit()).isEqualTo(ExitClass.OTHER))
                .hasMessageContaining("no file can be written");
    }

    @Test
    void fetchedImage_thatIsRefused_isFetchedAnewNextTime_andOneThatIsCutOffIsNot() throws IOException {
        for (ExitClass exit : List.of(ExitClass.UNAVAILABLE, ExitClass.REFUSED)) {
            Path kept = Files.writeString(directory.resolve("kept"), "image");
            assertThatThrownBy(() -> new FetchedImage(kept, true).sendBy(_ -> {
                        throw new CommandFailure(exit, "no");
                    }))
                    .isInstanceOf(CommandFailure.class);
            assertThat(Files.exists(kept)).isEqualTo(exit == ExitClass.UNAVAILABLE);
        }
    }

    @Test
    void download_thatWasCutOff_goesOnInTheNextCommand() throws Exception {
        Path file = directory.resolve("image");
        cutDownload(file);
        assertThat(file).doesNotExist();
        long had = Files.size(directory.resolve("image.part"));
        assertThat(had).isPositive();
        fetch(file, Optional.empty());
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(seen).last().isEqualTo("bytes=" + had + "- if \"one\"");
        assertThat(filesThere()).containsExactly("image");
    }

    @Test
    void downloadOfAnotherVersion_beginsAnew() throws Exception {
        Path file = directory.resolve("image");
        cutDownload(file);
        content = bytes(2);
        version = "\"two\"";
        fetch(file, Optional.empty());
        assertThat(Files.readAllBytes(file)).isEqualTo(content);

        Path unversioned = directory.resolve("unversioned");
        version = "";
        cutDownload(unversioned);
        content = bytes(3);
        fetch(unversioned, Optional.empty());
        assertThat(Files.readAllBytes(unversioned)).isEqualTo(content);
    }

    @Test
    void wrongContent_isRemoved_andPartOfAShorterFileToo() throws Exception {
        Path file = directory.resolve("image");
        assertThatThrownBy(() -> fetch(file, Optional.of(HexFormat.of().formatHex(new byte[32]))))
                .isInstanceOf(CommandFailure.class);
        assertThat(filesThere()).doesNotContain("image", "image.part");
        Files.write(directory.resolve("image.part"), new byte[SIZE + 5]);
        Files.writeString(directory.resolve("image.version"), version);
        fetch(file, Optional.empty());
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @Test
    void upload_whoseCommandWasKilled_goesOnInTheNext() throws Exception {
        Path file = Files.write(directory.resolve("disk"), content);
        ResumableUpload.Result first = uploader(file).send(Map.of("kind", "disk"), TransferProgress.of("disk"));
        assertThat(first).isEqualTo(new ResumableUpload.Result.Stored("stored"));
        assertThat(notes()).isEmpty();

        seen.clear();
        received = new byte[0];
        lost = true; // the connection breaks, and then its command is ended
        ResumableUpload second = uploader(file);
        Thread killed = Thread.ofVirtual().start(() -> {
            try {
                second.send(Map.of("kind", "disk"), TransferProgress.of("disk"));
            } catch (InterruptedException e) {
                return;
            }
        });
        Awaitility.await().until(() -> received.length >= CUT);
        killed.interrupt();
        killed.join();
        lost = false;
        assertThat(notes()).hasSize(1);
        ResumableUpload.Result next = uploader(file).send(Map.of("kind", "disk"), TransferProgress.of("disk"));
        assertThat(next).isEqualTo(new ResumableUpload.Result.Stored("stored"));
        assertThat(received).isEqualTo(content);
        assertThat(seen.stream().filter("POST"::equals)).hasSize(1);
        assertThat(notes()).isEmpty();
    }

    private void cutDownload(Path file) {
        cut = true;
        assertThatThrownBy(() -> fetch(file, Optional.empty())).isInstanceOf(CommandFailure.class);
        cut = false;
    }

    private void fetch(Path file, Optional<String> sha256) throws InterruptedException {
        new ResumableDownload(HttpClient.newHttpClient(), () -> HttpRequest.newBuilder(at("/image")))
                .into(file, sha256, TransferProgress.of("image"));
    }

    private ResumableUpload uploader(Path file) throws IOException {
        return new ResumableUpload(
                HttpClient.newHttpClient(),
                path -> HttpRequest.newBuilder(at("/api" + path)),
                file,
                SIZE,
                Files.createDirectories(directory.resolve("notes")));
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private List<String> filesThere() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private List<Path> notes() throws IOException {
        try (var files = Files.list(directory.resolve("notes"))) {
            return files.toList();
        }
    }

    private void download(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        seen.add(range + " if " + condition);
        if (!version.isEmpty()) {
            exchange.getResponseHeaders().set("ETag", version);
        }
        int from = range == null || (condition != null && !condition.equals(version))
                ? 0
                : Integer.parseInt(range.replaceAll("\\D", ""));
        if (from >= SIZE) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + SIZE);
            exchange.sendResponseHeaders(416, -1);
        } else {
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, SIZE - from);
            // A little more each time, or nothing new, so that the command gives up.
            int until = cut ? Math.max(from, CUT) : SIZE;
            exchange.getResponseBody().write(content, from, until - from);
            exchange.getResponseBody().flush();
        }
        exchange.close();
    }

    private void upload(HttpExchange exchange) throws IOException {
        seen.add(exchange.getRequestMethod());
        exchange.getResponseHeaders().set("Upload-Offset", String.valueOf(received.length));
        exchange.getResponseHeaders().set("Upload-Length", String.valueOf(SIZE));
        switch (exchange.getRequestMethod()) {
            case "POST" -> {
                received = new byte[0];
                exchange.getResponseHeaders().set("Location", "/api/post/tus/1");
                exchange.sendResponseHeaders(201, -1);
            }
            case "HEAD" -> exchange.sendResponseHeaders(lost && received.length > 0 ? 503 : 200, -1);
            default -> {
                byte[] rest = exchange.getRequestBody().readNBytes(lost ? CUT : SIZE);
                byte[] all = Arrays.copyOf(received, received.length + rest.length);
                System.arraycopy(rest, 0, all, received.length, rest.length);
                received = all;
                exchange.getResponseHeaders().set("Oriel-Upload", "stored");
                if (!lost) {
                    exchange.sendResponseHeaders(204, -1);
                }
            }
        }
        exchange.close();
    }

    private static byte[] bytes(long seed) {
        byte[] made = new byte[SIZE];
        new Random(seed).nextBytes(made);
        return made;
    }
}
