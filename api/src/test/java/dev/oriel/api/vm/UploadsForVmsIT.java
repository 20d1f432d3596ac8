package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.core.image.ImageCorpus;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What uploads are good for: templates and discs for running VMs, over HTTP, on a simulated host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UploadsForVmsIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestHost host = TestHost.start();
    private final TestApi api;
    private final Path directory;
    private int users;

    UploadsForVmsIT(@TempDir Path directory) {
        this.directory = directory;
        this.api = ApiTestServers.startApi(Map.of(
                "oriel.api.hosts", host.entry(),
                "oriel.api.uploads", directory.resolve("uploads").toString(),
                "oriel.limits.logins-per-minute-per-address", "1000"));
    }

    @BeforeAll
    void unpackCorpus() throws Exception {
        ImageCorpus.unpackInto(directory);
    }

    @AfterAll
    void close() {
        api.close();
        host.close();
    }

    @Test
    void diskOfAVm_becomesATemplate_withVersions_thatIsKeptWhileUsed() {
        VmUser owner = newUser();
        String vm = owner.createId();
        host.host().script().copiesFail(1);
        HttpResponse<String> made = owner.post("/vm/templates", Map.of("vm", vm, "name", "mine", "title", "Mine"));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(TestApi.json(made).get("ready").asBoolean()).isFalse();
        assertThat(TestApi.json(made).get("visibility").asString()).isEqualTo("private");
        assertThat(VmUser.code(owner.post("/vm/templates", Map.of("vm", vm, "name", "other"))))
                .isEqualTo("state-conflict");
        awaitReady(owner, "mine");
        assertThat(owner.show(vm).get("state").asString()).isEqualTo("running");

        String snapshot = TestApi.json(owner.post("/vm/" + vm + "/snapshots", Map.of("name", "a point")))
                .get("id")
                .asString();
        String made1 = owner.create(Map.of("template", "mine")).get("id").asString();
        assertThat(owner.post("/vm/templates", Map.of("snapshot", snapshot, "name", "mine"))
                        .statusCode())
                .isEqualTo(201);
        Awaitility.await("the second version")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(
                                TestApi.json(owner.get("/vm/templates")).valueStream())
                        .filteredOn(each -> each.get("name").asString().equals("mine"))
                        .singleElement()
                        .satisfies(
                                each -> assertThat(each.get("version").asInt()).isEqualTo(2)));
        assertThat(owner.get("/vm/" + vm + "/snapshots").body())
                .contains("a point")
                .doesNotContain("template-");
        HttpResponse<String> used = owner.send("DELETE", "/vm/templates/mine", Map.of());
        assertThat(used.statusCode()).isEqualTo(409);
        assertThat(TestApi.json(used).get("usedBy").get(0).get("vm").asString()).isEqualTo(made1);
        owner.send("DELETE", "/vm/" + made1, Map.of());
        Awaitility.await("nobody uses it")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(owner.send("DELETE", "/vm/templates/mine", Map.of())
                                .statusCode())
                        .isEqualTo(204));
    }

    @Test
    void publication_survivesAHostThatIsAway_andEndsWithAReason_whenItsSnapshotIsGone() {
        VmUser owner = newUser();
        String vm = owner.createId();
        host.host().script().copiesFail(1);
        assertThat(owner.post("/vm/templates", Map.of("vm", vm, "name", "later"))
                        .statusCode())
                .isEqualTo(201);
        awaitReady(owner, "later");

        host.host().script().copiesFail(1);
        assertThat(owner.post("/vm/templates", Map.of("vm", vm, "name", "never"))
                        .statusCode())
                .isEqualTo(201);
        owner.send("DELETE", "/vm/" + vm, Map.of());
        Awaitility.await("it has failed")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(
                                TestApi.json(owner.get("/vm/templates")).valueStream())
                        .filteredOn(each -> each.get("name").asString().equals("never"))
                        .singleElement()
                        .satisfies(each -> {
                            assertThat(each.get("failed").asBoolean()).isTrue();
                            assertThat(each.get("step").asString()).contains("snapshot is gone");
                        }));
        assertThat(VmUser.code(owner.post("/vm", Map.of("template", "never")))).isEqualTo("template-not-ready");
        assertThat(owner.send("DELETE", "/vm/templates/never", Map.of()).statusCode())
                .isEqualTo(204);
        assertThat(owner.get("/vm/templates").body()).doesNotContain("never");
    }

    @Test
    void othersDisks_andTwoSourcesAtOnce_makeNoTemplate() {
        VmUser owner = newUser();
        String vm = owner.createId();
        VmUser stranger = newUser();
        assertThat(stranger.post("/vm/templates", Map.of("vm", vm, "name", "stolen"))
                        .statusCode())
                .isEqualTo(404);
        String snapshot = TestApi.json(owner.post("/vm/" + vm + "/snapshots", Map.of("name", "a point")))
                .get("id")
                .asString();
        assertThat(stranger.post("/vm/templates", Map.of("snapshot", snapshot, "name", "stolen"))
                        .statusCode())
                .isEqualTo(404);
        assertThat(owner.post("/vm/templates", Map.of("vm", vm, "snapshot", snapshot, "name", "both"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(owner.post("/vm/templates", Map.of("vm", vm, "name", "for-all", "visibility", "public"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(owner.get("/vm/" + vm + "/snapshots").body()).doesNotContain("template-");
    }

    @Test
    void imagesThatNothingNeeds_areListedForOperators_andKeptForAWhile() throws Exception {
        byte[] disc = "a disc that nobody wants".getBytes(StandardCharsets.UTF_8);
        ImageDigest digest = new ImageDigest(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(disc)));
        host.host().putImage(digest, new Bytes(disc.length), new ByteArrayInputStream(disc));
        VmUser admin = admin();
        assertThat(TestApi.json(admin.get("/hosts/images")).valueStream()).anySatisfy(image -> {
            assertThat(image.get("name").asString()).contains(digest.value());
            assertThat(image.get("kind").asString()).isEqualTo("disc");
            assertThat(image.get("sizeBytes").asInt()).isEqualTo(disc.length);
            assertThat(image.get("keptUntil").asString()).endsWith("Z");
        });
        assertThat(admin.post("/hosts/images/collect", Map.of()).body()).isEqualTo("[]");
        assertThat(newUser().get("/hosts/images").statusCode()).isEqualTo(403);
        assertThat(newUser().post("/hosts/images/collect", Map.of()).statusCode())
                .isEqualTo(403);
    }

    @Test
    void privateTemplate_isItsOwnersAlone_andKeptWhileUsed() throws IOException {
        VmUser owner = newUser();
        String upload = upload(owner, "ok-06-v3-allocated.qcow2");
        HttpResponse<String> made = owner.post(
                "/vm/templates", Map.of("upload", upload, "name", "lab", "title", "My lab", "memoryMiB", 256));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(made.headers().firstValue("Location")).contains("/api/vm/templates/lab");
        assertThat(TestApi.json(made).get("visibility").asString()).isEqualTo("private");
        assertThat(owner.send("DELETE", "/post/" + upload, Map.of()).statusCode())
                .isEqualTo(204);
        awaitReady(owner, "lab");
        JsonNode vm = owner.create(Map.of("template", "lab"));
        assertThat(vm.get("template").asString()).isEqualTo("lab");
        assertThat(vm.get("name").asString()).isEqualTo("lab-1");
        assertThat(vm.get("memoryMiB").asInt()).isEqualTo(256);

        VmUser stranger = newUser();
        assertThat(template(stranger, "lab")).isEmpty();
        HttpResponse<String> theirs = stranger.post("/vm", Map.of("template", "lab"));
        assertThat(VmUser.code(theirs)).isEqualTo("unknown-template");
        assertThat(VmUser.code(
                        stranger.post("/vm", Map.of("template", fullName("lab").value()))))
                .isEqualTo("unknown-template");
        assertThat(stranger.send("DELETE", "/vm/templates/lab", Map.of()).statusCode())
                .isEqualTo(404);

        HttpResponse<String> kept = owner.send("DELETE", "/vm/templates/lab", Map.of());
        assertThat(kept.statusCode()).as(kept.body()).isEqualTo(409);
        assertThat(TestApi.json(kept).get("detail").asString()).contains("lab-1");
        assertThat(TestApi.json(kept).get("usedBy").get(0).get("vmName").asString())
                .isEqualTo("lab-1");
        owner.send("DELETE", "/vm/" + vm.get("id").asString(), Map.of());
        assertThat(owner.send("DELETE", "/vm/templates/lab", Map.of()).statusCode())
                .isEqualTo(204);
        assertThat(template(owner, "lab")).isEmpty();
        Awaitility.await("the host forgets it")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(host.host().templates())
                        .noneMatch(status -> status.name().shown().equals("lab")));
    }

    @Test
    void publicTemplate_isMadeByAdministrators_andHasVersions() throws IOException {
        VmUser admin = admin();
        VmUser user = newUser();
        String first = upload(admin, "ok-01-v3-empty.qcow2");
        assertThat(admin.post("/vm/templates", Map.of("upload", first, "name", "course"))
                        .statusCode())
                .isEqualTo(201);
        awaitReady(user, "course");
        assertThat(template(user, "course").orElseThrow().get("visibility").asString())
                .isEqualTo("public");
        JsonNode vm = user.create(Map.of("template", "course"));
        assertThat(user.send("DELETE", "/vm/templates/course", Map.of()).statusCode())
                .isEqualTo(403);
        HttpResponse<String> mine =
                user.post("/vm/templates", Map.of("upload", upload(user, "ok-01-v3-empty.qcow2"), "name", "course"));
        assertThat(VmUser.code(mine)).isEqualTo("name-in-use");

        String second = upload(admin, "ok-10-magic-at-1.raw");
        HttpResponse<String> next = admin.post("/vm/templates", Map.of("upload", second, "name", "course"));
        assertThat(TestApi.json(next).get("version").asInt()).isEqualTo(2);
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(template(user, "course")
                                .orElseThrow()
                                .get("ready")
                                .asBoolean())
                        .isTrue());
        assertThat(template(user, "course").orElseThrow().get("version").asInt())
                .isEqualTo(2);
        assertThat(user.show(vm.get("id").asString()).get("template").asString())
                .isEqualTo("course");
        HttpResponse<String> used = admin.send("DELETE", "/vm/templates/course", Map.of());
        assertThat(TestApi.json(used).get("detail").asString()).contains("course-1");
        user.send("DELETE", "/vm/" + vm.get("id").asString(), Map.of());
        assertThat(admin.send("DELETE", "/vm/templates/course", Map.of()).statusCode())
                .isEqualTo(204);
    }

    @Test
    void hostThatLostEverything_getsTheTemplateAgain() throws IOException {
        VmUser owner = newUser();
        owner.post("/vm/templates", Map.of("upload", upload(owner, "ok-05-v3-compressed.qcow2"), "name", "again"));
        awaitReady(owner, "again");
        host.replace();
        Awaitility.await("it is there again")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(host.host().templates())
                        .anyMatch(status -> status.name().shown().equals("again")));
    }

    @Test
    void anyFile_goesIntoARunningVm_asADisc() throws IOException {
        VmUser owner = newUser();
        String vm = owner.createId();
        String disc = "/vm/" + vm + "/disc";
        assertThat(owner.get(disc).statusCode()).isEqualTo(404);
        String upload = upload(owner, "ok-01-v3-empty.qcow2");
        HttpResponse<String> in = owner.send("PUT", disc, Map.of("upload", upload));
        assertThat(in.statusCode()).as(in.body()).isEqualTo(200);
        assertThat(host.host().disc(VmId.of(vm))).isPresent();
        assertThat(TestApi.json(owner.get(disc)).get("id").asString()).isEqualTo(upload);
        VmUser stranger = newUser();
        for (String method : new String[] {"GET", "DELETE"}) {
            assertThat(stranger.send(method, disc, Map.of()).statusCode()).isEqualTo(404);
        }
        assertThat(stranger.send("PUT", disc, Map.of("upload", upload)).statusCode())
                .isEqualTo(404);
        String theirVm = stranger.createId();
        assertThat(stranger.send("PUT", "/vm/" + theirVm + "/disc", Map.of("upload", upload))
                        .statusCode())
                .isEqualTo(404);
        assertThat(owner.send("DELETE", disc, Map.of()).statusCode()).isEqualTo(204);
        assertThat(owner.get(disc).statusCode()).isEqualTo(404);
        owner.post("/vm/" + vm + "/stop", Map.of("force", true));
        assertThat(owner.send("PUT", disc, Map.of("upload", upload)).statusCode())
                .isEqualTo(409);
    }

    @Test
    void oddWishes_areRefused() throws IOException {
        VmUser user = newUser();
        String disk = upload(user, "ok-01-v3-empty.qcow2");
        for (String name : new String[] {"", "Lab", "a--b", "../x", "-x", "x".repeat(60)}) {
            assertThat(user.post("/vm/templates", Map.of("upload", disk, "name", name))
                            .statusCode())
                    .as(name)
                    .isEqualTo(400);
        }
        assertThat(VmUser.code(user.post("/vm/templates", Map.of("upload", disk, "name", "tiny"))))
                .isEqualTo("name-in-use");
        assertThat(VmUser.code(user.post("/vm/templates", Map.of("upload", "nothing", "name", "x"))))
                .isEqualTo("bad-image");
        assertThat(VmUser.code(newUser().post("/vm/templates", Map.of("upload", disk, "name", "theirs"))))
                .isEqualTo("bad-image");
        assertThat(user.post("/vm/templates", Map.of("upload", disk, "name", "x", "visibility", "public"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(user.post("/vm/templates", Map.of("upload", disk, "name", "x", "owner", "me"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(user.send("DELETE", "/vm/templates/tiny", Map.of()).statusCode())
                .isEqualTo(404);
    }

    private TemplateName fullName(String shown) {
        return host.host().templates().stream()
                .map(status -> status.name())
                .filter(name -> name.shown().equals(shown))
                .findFirst()
                .orElseThrow();
    }

    private void awaitReady(VmUser user, String name) {
        Awaitility.await(name + " is ready").atMost(SOON).untilAsserted(() -> {
            assertThat(template(user, name)).isPresent();
            assertThat(template(user, name).orElseThrow().get("ready").asBoolean())
                    .isTrue();
        });
    }

    private static Optional<JsonNode> template(VmUser user, String name) {
        return TestApi.json(user.get("/vm/templates"))
                .valueStream()
                .filter(template -> template.get("name").asString().equals(name))
                .findFirst();
    }

    private String upload(VmUser user, String file) throws IOException {
        String head = String.join(
                "\r\n",
                "--b",
                "Content-Disposition: form-data; name=\"kind\"",
                "",
                "disk",
                "--b",
                "Content-Disposition: form-data; name=\"file\"; filename=\"disk\"",
                "",
                "");
        HttpResponse<String> answer = api.send(api.request("/post")
                .header("Authorization", "Bearer " + user.token())
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString(head),
                        HttpRequest.BodyPublishers.ofByteArray(Files.readAllBytes(directory.resolve(file))),
                        HttpRequest.BodyPublishers.ofString("\r\n--b--\r\n"))));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer).get("id").asString();
    }

    private VmUser admin() {
        HttpResponse<String> answer =
                api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests"));
        return new VmUser(api, TestApi.json(answer).get("accessToken").asString());
    }

    private VmUser newUser() {
        return VmUser.register(api, "maker" + ++users);
    }
}
