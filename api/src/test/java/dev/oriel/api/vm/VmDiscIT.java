package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.core.image.ImageDigest;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** An uploaded disc on its way into a VM, and how long a wish takes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmDiscIT {
    private static final int SECTOR = 2048;

    private final TestPlatform platform;

    VmDiscIT() throws IOException {
        this.platform = new TestPlatform();
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @Test
    void uploadedDisc_reachesTheHost_beforeItsVm() {
        VmUser user = platform.newUser();
        JsonNode upload = upload(user);
        JsonNode vm =
                user.create(Map.of("template", "blank", "iso", upload.get("id").asString()));
        assertThat(vm.get("state").asString()).isEqualTo("running");
        ImageDigest digest = new ImageDigest(upload.get("sha256").asString());
        assertThat(platform.host.host().hasImage(digest)).isTrue();
        HttpResponse<String> foreign = platform.newUser()
                .post("/vm", Map.of("template", "blank", "iso", upload.get("id").asString()));
        assertThat(VmUser.code(foreign)).isEqualTo("bad-image");
    }

    @Test
    void convergence_isMeasured() {
        VmUser user = platform.newUser();
        user.post("/vm/" + user.createId() + "/stop", Map.of());
        assertThat(platform.api
                        .bean(MeterRegistry.class)
                        .get("oriel.vm.convergence")
                        .timer()
                        .count())
                .isGreaterThanOrEqualTo(2);
    }

    private static JsonNode upload(VmUser user) {
        String boundary = "a-boundary";
        byte[] head = ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\niso\r\n--" + boundary
                        + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.iso\"\r\n"
                        + "Content-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] tail = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8);
        HttpResponse<String> answer = user.api()
                .send(user.api()
                        .request("/post")
                        .header("Authorization", "Bearer " + user.token())
                        .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                        .POST(HttpRequest.BodyPublishers.ofByteArrays(java.util.List.of(head, disc(), tail))));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    /** The least that is an ISO 9660 file system: a primary volume descriptor and its terminator. */
    private static byte[] disc() {
        byte[] disc = new byte[40 * SECTOR];
        byte[] magic = "CD001".getBytes(StandardCharsets.US_ASCII);
        for (int[] descriptor : new int[][] {{16, 1}, {17, 255}}) {
            int at = descriptor[0] * SECTOR;
            Arrays.fill(disc, at + 8, at + 72, (byte) ' ');
            disc[at] = (byte) descriptor[1];
            System.arraycopy(magic, 0, disc, at + 1, magic.length);
            disc[at + 6] = 1;
        }
        // Its length in blocks, and blocks of 2048 bytes, both written in both byte orders (ECMA-119, 8.4.8 and
        // 8.4.12).
        disc[16 * SECTOR + 80] = 40;
        disc[16 * SECTOR + 87] = 40;
        disc[16 * SECTOR + 129] = 8;
        disc[16 * SECTOR + 130] = 8;
        // The root directory: block 20, one block long (ECMA-119, 9.1).
        int root = 16 * SECTOR + 156;
        disc[root] = 34;
        disc[root + 2] = 20;
        disc[root + 9] = 20;
        disc[root + 11] = 8;
        disc[root + 16] = 8;
        return disc;
    }
}
