package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.core.image.ImageCorpus;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Uploads in pieces, by the tus protocol. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TusResourceIT {
    static {
        // As Oriel's processes run: serialised Java objects are not read.
        if (ObjectInputFilter.Config.getSerialFilter() == null) {
            ObjectInputFilter.Config.setSerialFilter(ObjectInputFilter.Config.createFilter("!*"));
        }
    }

    private final Path directory;
    private final TestApi api;
    private final String token;

    TusResourceIT(@TempDir Path directory) {
        this.directory = directory;
        this.api = ApiTestServers.startApi(Map.of(
                "oriel.api.uploads", directory.resolve("uploads").toString(),
                "oriel.api.upload-limit", "4000000",
                "oriel.quota.upload-files", "2"));
        this.token = api.register("tus");
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
    void upload_goesOnWhereItWasCutOff() throws IOException {
        byte[] content = "piece by piece ".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        String path = begin(content.length, "a b.txt", "file");
        cutOff(path, content, 400_000);
        Awaitility.await("what came is kept").atMost(Duration.ofSeconds(10)).until(() -> offset(path) > 0);
        long from = Awaitility.await("and nobody writes any more")
                .atMost(Duration.ofSeconds(10))
                .until(() -> offset(path), offset -> offset == offset(path));
        HttpResponse<String> last = append(path, from, Arrays.copyOfRange(content, (int) from, content.length));
        assertThat(last.statusCode()).as(last.body()).isEqualTo(204);
        String id = last.headers().firstValue("Oriel-Upload").orElseThrow();
        JsonNode upload = TestApi.json(send(api.request("/post/" + id).GET()));
        assertThat(upload.get("name").asString()).isEqualTo("a b.txt");
        assertThat(send(api.request("/post/" + id + "/content").GET()).body())
                .isEqualTo(new String(content, StandardCharsets.UTF_8));
        assertThat(pieces()).isZero();
        send(api.request("/post/" + id).DELETE());
    }

    @Test
    void hostileImage_isRefusedWithItsLastPiece_andLeavesNothing() throws IOException {
        byte[] evil = Files.readAllBytes(directory.resolve("bf-01-abs-raw.qcow2"));
        String path = begin(evil.length, "evil.qcow2", "disk");
        HttpResponse<String> last = append(path, 0, evil);
        assertThat(last.statusCode()).isEqualTo(422);
        assertThat(TestApi.json(last).get("code").asString()).isEqualTo("bad-image");
        assertThat(pieces()).isZero();
        assertThat(send(head(path)).statusCode()).isEqualTo(404);
    }

    @Test
    void others_seeNothing_andLimitsHold() throws IOException {
        String path = begin(1000, "mine", "file");
        String stranger = api.register("stranger");
        assertThat(api.send(head(path).header("Authorization", "Bearer " + stranger))
                        .statusCode())
                .isEqualTo(404);
        assertThat(create("5000000").statusCode()).isEqualTo(413);
        assertThat(create("x").statusCode()).isEqualTo(400);
        // Clients go on after these two, and give up after 400.
        assertThat(append(path, 7, new byte[3]).statusCode()).isEqualTo(409);
        assertThat(send(api.request(path).header("Tus-Resumable", "0.2.2").DELETE())
                        .statusCode())
                .isEqualTo(412);
        assertThat(send(tus("/post/tus").method("OPTIONS", HttpRequest.BodyPublishers.noBody()))
                        .headers()
                        .firstValue("Tus-Extension")
                        .orElseThrow())
                .isEqualTo("creation,checksum,termination,expiration");
        String second = begin(1000, "second", "file");
        HttpResponse<String> third = create("1000");
        assertThat(third.statusCode()).as(third.body()).isEqualTo(403);
        assertThat(TestApi.json(third).get("code").asString()).isEqualTo("quota-exceeded");
        for (String each : new String[] {path, second}) {
            assertThat(send(tus(each).DELETE()).statusCode()).isEqualTo(204);
        }
        assertThat(pieces()).isZero();
        String again = begin(1000, "again", "file");
        send(tus(again).DELETE());
    }

    @Test
    void requestOfAnotherVersion_isToldTheRightOne() {
        HttpResponse<String> answer =
                send(api.request("/post/tus").header("Upload-Length", "5").POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(412);
        assertThat(TestApi.json(answer).get("detail").asString()).contains("Tus-Resumable: 1.0.0");
    }

    @Test
    void pieceThatWasDamagedOnItsWay_isThrownAway() throws Exception {
        byte[] content = "whole".getBytes(StandardCharsets.UTF_8);
        String path = begin(content.length, "checked", "file");
        HttpResponse<String> damaged = append(path, 0, content, "Upload-Checksum", checksum("hole"));
        assertThat(damaged.statusCode()).as(damaged.body()).isEqualTo(460);
        assertThat(TestApi.json(damaged).get("code").asString()).isEqualTo("checksum-mismatch");
        assertThat(damaged.headers().firstValue("Upload-Offset")).isEmpty();
        assertThat(offset(path)).isZero();
        HttpResponse<String> right = append(path, 0, content, "Upload-Checksum", checksum("whole"));
        assertThat(right.statusCode()).as(right.body()).isEqualTo(204);
        send(api.request("/post/" + right.headers().firstValue("Oriel-Upload").orElseThrow())
                .DELETE());
    }

    /** A client that was cut off comes back before the server has seen that: it must not take its upload for gone. */
    @Test
    void uploadThatAnotherRequestWritesTo_isLocked_andGoesOnLater() throws IOException {
        byte[] content = new byte[1_000_000];
        String path = begin(content.length, "busy", "file");
        String stranger = api.register("passer-by");
        try (Socket _ = beginPiece(path, content, 100_000)) {
            Awaitility.await("its first piece comes")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> send(head(path)).statusCode() == 423);
            HttpResponse<String> second = append(path, 0, content);
            assertThat(second.statusCode()).as(second.body()).isEqualTo(423);
            assertThat(api.send(head(path).header("Authorization", "Bearer " + stranger))
                            .statusCode())
                    .isEqualTo(404);
        }
        Awaitility.await("it has left").atMost(Duration.ofSeconds(10)).until(() -> offset(path) > 0);
        assertThat(send(tus(path).DELETE()).statusCode()).isEqualTo(204);
    }

    @Test
    void fileWithoutBytes_isWholeAtOnce() {
        HttpResponse<String> answer = create("0");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        String id = answer.headers().firstValue("Oriel-Upload").orElseThrow();
        JsonNode upload = TestApi.json(send(api.request("/post/" + id).GET()));
        assertThat(upload.get("size").asLong()).isZero();
        assertThat(upload.get("state").asString()).isEqualTo("ready");
        send(api.request("/post/" + id).DELETE());
    }

    private static String checksum(String text) throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
        return "sha1 " + Base64.getEncoder().encodeToString(digest);
    }

    private long pieces() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("uploads/tus"))) {
            return files.filter(file -> file.getFileName().toString().equals("data"))
                    .count();
        }
    }

    private String begin(long length, String name, String kind) {
        HttpResponse<String> answer = send(tus("/post/tus")
                .header("Upload-Length", String.valueOf(length))
                .header("Upload-Metadata", "filename " + base64(name) + ",kind " + base64(kind))
                .POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        String location = answer.headers().firstValue("Location").orElseThrow();
        assertThat(location).startsWith("/api/post/tus/");
        return location.substring("/api".length());
    }

    private HttpResponse<String> create(String length) {
        return send(tus("/post/tus").header("Upload-Length", length).POST(HttpRequest.BodyPublishers.noBody()));
    }

    private HttpResponse<String> append(String path, long offset, byte[] content, String... headers) {
        HttpRequest.Builder request = tus(path);
        return send((headers.length == 0 ? request : request.headers(headers))
                .header("Upload-Offset", String.valueOf(offset))
                .header("Content-Type", "application/offset+octet-stream")
                .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    private long offset(String path) {
        return send(head(path)).headers().firstValueAsLong("Upload-Offset").orElse(0);
    }

    private void cutOff(String path, byte[] content, int sent) throws IOException {
        beginPiece(path, content, sent).close();
    }

    /** Sends so much of it, and no more until it is closed. */
    private Socket beginPiece(String path, byte[] content, int sent) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port());
        OutputStream out = socket.getOutputStream();
        out.write(("PATCH " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                        + "\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: " + content.length
                        + "\r\nContent-Type: application/offset+octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(content, 0, sent);
        out.flush();
        return socket;
    }

    private HttpRequest.Builder head(String path) {
        return tus(path).HEAD();
    }

    private HttpRequest.Builder tus(String path) {
        return api.request(path).header("Tus-Resumable", "1.0.0");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        return api.send(request.header("Authorization", "Bearer " + token));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
