package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** People who lie about lengths, never end, or go away: nothing of it stays, neither files nor room nor memory. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UploadAbuseIT {
    private static final int LIMIT = 4 << 20;
    private static final int ROUNDS = Integer.getInteger("oriel.test.bad-uploads", 100);
    private static final long FLAT_BYTES = 48L << 20;

    private final Path uploads;
    private final TestApi api;
    private final String token;

    UploadAbuseIT(@TempDir Path directory) {
        this.uploads = directory.resolve("uploads");
        this.api = ApiTestServers.startApi(Map.of(
                "oriel.api.uploads", uploads.toString(),
                "oriel.api.upload-limit", String.valueOf(LIMIT),
                "oriel.api.upload-patience", "PT1S",
                "oriel.quota.upload-files", "3",
                "oriel.limits.requests-per-second", "1000",
                "oriel.limits.request-burst", "10000"));
        this.token = api.register("abuser");
    }

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void badUploads_leaveNothing_andMemoryStaysFlat() throws Exception {
        badUploads(20); // what is allocated once is there now
        long before = usedMemory();
        badUploads(ROUNDS);
        Awaitility.await("every file is gone")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(files()).isEmpty());
        assertThat(usedMemory() - before).isLessThan(FLAT_BYTES);
        Awaitility.await("and all room is given back")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(post(new byte[10]).statusCode()).isEqualTo(201));
        deleteAll();
    }

    @Test
    void quotaOfFiles_isHeld_whenManyComeAtOnce() throws Exception {
        List<Future<HttpResponse<String>>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                answers.add(threads.submit(() -> post(new byte[100_000])));
            }
        }
        int kept = 0;
        for (Future<HttpResponse<String>> answer : answers) {
            int status = answer.get().statusCode();
            assertThat(status).as(answer.get().body()).isIn(201, 403);
            kept += status == 201 ? 1 : 0;
        }
        assertThat(kept).isEqualTo(3);
        assertThat(files()).hasSize(3);
        assertThat(TestApi.json(post(new byte[1])).get("code").asString()).isEqualTo("quota-exceeded");
        deleteAll();
    }

    /** What a process that was killed leaves: a half file, and room that nobody gives back. */
    @Test
    void whatAKilledProcessLeft_isSweptSoon() throws IOException {
        Path half = Files.write(
                uploads.resolve("incoming").resolve(java.util.UUID.randomUUID().toString()), new byte[100]);
        Files.setLastModifiedTime(
                half, java.nio.file.attribute.FileTime.from(Instant.now().minus(Duration.ofMinutes(11))));
        api.bean(UploadSweeper.class).sweepOld();
        assertThat(half).doesNotExist();
    }

    private void badUploads(int count) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(10)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int kind = i % 5;
                all.add(threads.submit(() -> {
                    switch (kind) {
                        case 0 -> cutOff("Content-Length: 3000000\r\n", 1_000_000);
                        case 1 -> cutOff("Content-Length: 3000\r\n", 1_000_000); // more than was said
                        case 2 -> endless();
                        case 3 -> slow();
                        default -> cutOff("Content-Length: 9000000000000\r\n", 1000);
                    }
                    return kind;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
    }

    private void cutOff(String length, int sent) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(head(length));
            out.write(new byte[sent]);
            out.flush();
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageContaining(""); // refused while we were still sending: as it should be
        }
    }

    private void endless() throws IOException {
        byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            OutputStream out = socket.getOutputStream();
            String[] head =
                    new String(head("Transfer-Encoding: chunked\r\n"), StandardCharsets.US_ASCII).split("\r\n\r\n", 2);
            out.write((head[0] + "\r\n\r\n" + Integer.toHexString(head[1].length()) + "\r\n" + head[1] + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (int sent = 0; sent < 4 * LIMIT; sent += 0x10000) {
                out.write(chunk);
            }
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageContaining(""); // cut at the limit
        }
    }

    /** A byte now and then, for as long as the server lets it. */
    private void slow() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(head("Content-Length: 3000000\r\n"));
            Instant end = Instant.now().plusSeconds(30);
            while (socket.getInputStream().available() == 0 && Instant.now().isBefore(end)) {
                out.write('x');
                out.flush();
                Thread.sleep(100);
            }
            assertThat(Instant.now()).as("ended by the server").isBefore(end);
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageContaining(""); // cut off
        }
    }

    private byte[] head(String length) {
        return ("POST /post HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n" + length
                        + "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
                        + "Content-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static long usedMemory() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(uploads)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(OwnFolder.LOCK))
                    .toList();
        }
    }

    private void deleteAll() {
        for (JsonNode upload : TestApi.json(send(api.request("/post").GET()))) {
            send(api.request("/post/" + upload.get("id").asString()).DELETE());
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        return api.send(request.header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> post(byte[] content) {
        return send(api.request("/post")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString(
                                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n"),
                        HttpRequest.BodyPublishers.ofByteArray(content),
                        HttpRequest.BodyPublishers.ofString("\r\n--b--\r\n"))));
    }
}
