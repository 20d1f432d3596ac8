package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.core.image.ImageCorpus;
import dev.oriel.core.image.ImageFormat;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UploadResourceIT {
    private static final int LIMIT = (1 << 20) + 4096;

    private final Path directory;
    private final TestApi api;
    private final String token;

    UploadResourceIT(@TempDir Path directory) {
        this.directory = directory;
        this.api = ApiTestServers.startApi(Map.of(
                "oriel.api.uploads", directory.resolve("uploads").toString(),
                "oriel.api.upload-limit", String.valueOf(LIMIT)));
        this.token = api.register("uploader");
    }

    @BeforeAll
    void unpackCorpus() throws Exception {
        ImageCorpus.unpackInto(directory);
    }

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void file_isStoredShownAndDeleted() throws IOException {
        byte[] content = "hello\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
        JsonNode upload = created(post("file", "a.txt", content));
        assertThat(upload.get("size").asLong()).isEqualTo(content.length);
        assertThat(upload.get("kind").asString()).isEqualTo("file");
        assertThat(upload.get("state").asString()).isEqualTo("ready");
        String path = "/post/" + upload.get("id").asString();
        HttpResponse<String> download = get(path + "/content");
        assertThat(download.body()).isEqualTo(new String(content, StandardCharsets.UTF_8));
        assertThat(download.headers().firstValue("Content-Disposition").orElse(""))
                .startsWith("attachment");
        assertThat(download.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(download.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("sandbox");
        assertThat(send(api.request(path).DELETE()).statusCode()).isEqualTo(204);
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void range_isServed() {
        JsonNode upload = created(post("file", "r.txt", "0123456789".getBytes(StandardCharsets.UTF_8)));
        HttpResponse<String> part = send(api.request("/post/" + upload.get("id").asString() + "/content")
                .header("Range", "bytes=2-4")
                .GET());
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("234");
        HttpResponse<String> behind =
                send(api.request("/post/" + upload.get("id").asString() + "/content")
                        .header("Range", "bytes=10-")
                        .GET());
        assertThat(behind.statusCode()).isEqualTo(416);
        assertThat(behind.headers().firstValue("Content-Range")).contains("bytes */10");
        assertThat(behind.body()).isEmpty();
        String tag = part.headers().firstValue("ETag").orElseThrow();
        assertThat(ranged(upload, "bytes=2-4", tag)).isEqualTo("206 234");
        assertThat(ranged(upload, "bytes=2-4", "\"of another version\"")).isEqualTo("200 0123456789");
        assertThat(ranged(upload, "bytes=10-", "Mon, 05 Jan 2026 10:00:00 GMT")).isEqualTo("200 0123456789");
        assertThat(ranged(upload, "lines=1-2", tag)).isEqualTo("200 0123456789");
    }

    /** A kill leaves what is in the system's place for temporary files; here the next start uses it again. */
    @Test
    void directoriesOfTheServer_areInTheStore() {
        ServletContext context = api.bean(ServletContext.class);
        assertThat(String.valueOf(context.getAttribute(ServletContext.TEMPDIR))).startsWith(directory.toString());
        assertThat(context.getRealPath("/")).startsWith(directory.toString());
    }

    private String ranged(JsonNode upload, String range, String ifRange) {
        HttpResponse<String> answer =
                send(api.request("/post/" + upload.get("id").asString() + "/content")
                        .header("Range", range)
                        .header("If-Range", ifRange)
                        .GET());
        return answer.statusCode() + " " + answer.body();
    }

    @Test
    void tooLarge_is413_andLeavesNothing() throws IOException {
        List<Path> before = stored();
        HttpResponse<String> answer = post("file", "big", new byte[LIMIT + 1]);
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(TestApi.json(answer).get("code").asString()).isEqualTo("too-large");
        assertThat(stored()).isEqualTo(before);
    }

    @Test
    void cutOffUpload_leavesNothing() throws IOException {
        List<Path> before = stored();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /post HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                            + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 500000\r\n\r\n--b\r\n"
                            + "Content-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n"
                            + "x".repeat(100_000))
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            Awaitility.await("the upload began")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> stored().size() > before.size());
        }
        Awaitility.await("and left nothing")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(stored()).isEqualTo(before));
    }

    @ParameterizedTest
    @MethodSource("images")
    void everyImageOfTheCorpus_getsItsVerdictInTheAnswer_andRefusedOnesLeaveNothing(ImageCorpus.Entry entry)
            throws IOException {
        byte[] content = Files.readAllBytes(directory.resolve(entry.file()));
        List<Path> before = stored();
        long start = System.nanoTime();
        String kind = entry.format()
                .map(format -> format == ImageFormat.ISO ? "iso" : "disk")
                .orElse("file");
        HttpResponse<String> answer = post(kind, entry.format().map(_ -> entry.declared()), entry.file(), content);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        JsonNode body = TestApi.json(answer);
        if (entry.mustBeAccepted()) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            assertThat(body.get("state").asString()).isEqualTo("ready");
            assertThat(body.path("format").asString(""))
                    .isEqualTo(entry.format().map(_ -> entry.declared()).orElse(""));
            assertThat(send(api.request("/post/" + body.get("id").asString()).DELETE())
                            .statusCode())
                    .isEqualTo(204);
        } else {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
            assertThat(body.get("code").asString()).isEqualTo("bad-image");
            assertThat(body.get("detail").asString()).isNotBlank().doesNotContain("<", "/etc", "/proc");
        }
        assertThat(stored()).isEqualTo(before);
    }

    static List<ImageCorpus.Entry> images() {
        // The others are larger than this server's limit on purpose.
        return ImageCorpus.entries().stream()
                .filter(entry -> !entry.file().startsWith("bomb-03"))
                .toList();
    }

    @Test
    void undeclaredDisk_isWhatItsBytesSay() throws IOException {
        JsonNode upload =
                created(post("disk", "x", Files.readAllBytes(directory.resolve("ok-05-v3-compressed.qcow2"))));
        assertThat(upload.get("format").asString()).isEqualTo("qcow2");
    }

    @Test
    void evilNames_stayDisplayText() throws IOException {
        for (JsonNode name : JsonMapper.shared().readTree(ImageCorpus.evilNames())) {
            HttpResponse<String> answer = post("file", name.asString(), new byte[] {1});
            assertThat(answer.statusCode()).as("%s: %s", name, answer.body()).isIn(201, 400);
        }
        assertThat(stored()).allMatch(file -> file.getFileName().toString().matches("[0-9a-f-]{36}"));
    }

    @Test
    void strangersUpload_looksLikeNone() {
        JsonNode upload = created(post("file", "mine", new byte[] {1}));
        String stranger = api.register("stranger");
        String path = "/post/" + upload.get("id").asString();
        for (String method : List.of("GET", "DELETE")) {
            HttpResponse<String> theirs = api.send(api.request(path)
                    .header("Authorization", "Bearer " + stranger)
                    .method(method, HttpRequest.BodyPublishers.noBody()));
            assertThat(theirs.statusCode()).isEqualTo(404);
        }
        assertThat(get(path).statusCode()).isEqualTo(200);
    }

    @Test
    void sweeper_removesWhatHasNoRow() throws IOException {
        JsonNode upload = created(post("file", "kept", new byte[] {1}));
        Path orphan =
                directory.resolve("uploads").resolve(java.util.UUID.randomUUID().toString());
        Path half = directory
                .resolve("uploads/incoming")
                .resolve(java.util.UUID.randomUUID().toString());
        Files.write(orphan, new byte[] {1});
        Files.write(half, new byte[] {1});
        api.bean(UploadSweeper.class).sweep(Instant.now().plusSeconds(60));
        assertThat(orphan).doesNotExist();
        assertThat(half).doesNotExist();
        assertThat(directory.resolve("uploads").resolve(upload.get("id").asString()))
                .exists();
    }

    @Test
    void oddForms_areBadRequests() {
        assertThat(postForm("--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nfile\r\n--b--\r\n")
                        .statusCode())
                .isEqualTo(400);
        assertThat(postForm("--b\r\nContent-Disposition: form-data; name=\"colour\"\r\n\r\nred\r\n--b--\r\n")
                        .statusCode())
                .isEqualTo(400);
        assertThat(postForm("no parts at all").statusCode()).isEqualTo(400);
        assertThat(post("floppy", "x", new byte[] {1}).statusCode()).isEqualTo(400);
    }

    private List<Path> stored() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("uploads"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(OwnFolder.LOCK))
                    .sorted()
                    .toList();
        }
    }

    private static JsonNode created(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    private HttpResponse<String> get(String path) {
        return send(api.request(path).GET());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        return api.send(request.header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> postForm(String body) {
        return send(api.request("/post")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> post(String kind, String name, byte[] content) {
        return post(kind, Optional.empty(), name, content);
    }

    private HttpResponse<String> post(String kind, Optional<String> format, String name, byte[] content) {
        String quoted = name.replace("\\", "\\\\").replace("\"", "%22").replaceAll("[\r\n]", " ");
        String head = field("kind", kind)
                + format.map(word -> field("format", word)).orElse("")
                + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + quoted + "\"\r\n\r\n";
        return send(api.request("/post")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString(head),
                        HttpRequest.BodyPublishers.ofByteArray(content),
                        HttpRequest.BodyPublishers.ofString("\r\n--b--\r\n"))));
    }

    private static String field(String name, String value) {
        return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
}
