package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.api.snapshot.SnapshotDownloads;
import dev.oriel.api.snapshot.SnapshotSweeper;
import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Snapshots over HTTP, on a simulated host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmSnapshotIT {
    private static final long GIB = 1L << 30;

    private final TestHost host = TestHost.start();
    private final TestApi api = ApiTestServers.startApi(Map.of(
            "oriel.api.hosts",
            host.entry(),
            "oriel.limits.logins-per-minute-per-address",
            "1000",
            "oriel.limits.requests-per-second",
            "1000",
            "oriel.limits.request-burst",
            "10000"));
    private int users;

    @AfterAll
    void close() {
        api.close();
        host.close();
    }

    private HttpResponse<byte[]> bytes(VmUser user, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    api.request(path)
                            .header("Authorization", "Bearer " + user.token())
                            .build(),
                    BodyHandlers.ofByteArray());
        }
    }

    private VmUser newUser() {
        return VmUser.register(api, "keeper" + ++users);
    }

    @Test
    void snapshot_isTakenOfARunningVm_listedAsATree_andCountsAsUsage() {
        VmUser user = newUser();
        String vm = user.createId();
        long before = diskBytes(user);
        HttpResponse<String> answer = user.post("/vm/" + vm + "/snapshots", Map.of("name", "before the update"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        JsonNode first = TestApi.json(answer);
        assertThat(answer.headers().firstValue("Location"))
                .contains("/api/vm/" + vm + "/snapshots/" + first.get("id").asString());
        assertThat(first.get("name").asString()).isEqualTo("before the update");
        assertThat(first.get("parent").isNull()).isTrue();
        assertThat(first.get("current").asBoolean()).isTrue();
        assertThat(first.get("createdAt").asString()).endsWith("Z");
        assertThat(first.get("size").asLong()).isPositive();
        JsonNode second = take(user, vm);
        assertThat(second.get("name").asString()).isEqualTo("snapshot-1");
        assertThat(second.get("parent").asString()).isEqualTo(first.get("id").asString());
        assertThat(names(user, vm)).containsExactly("before the update", "snapshot-1");
        // Names differ by more than their case, also those that are found for people.
        assertThat(user.post("/vm/" + vm + "/snapshots", Map.of("name", "Snapshot-2"))
                        .statusCode())
                .isEqualTo(201);
        assertThat(take(user, vm).get("name").asString()).isEqualTo("snapshot-3");
        assertThat(diskBytes(user)).isGreaterThan(before);
        assertThat(user.show(vm).get("actions").valueStream().map(JsonNode::asString))
                .contains("snapshot");
    }

    @Test
    void restore_ofAStoppedVm_leavesItStopped_andOfARunningOne_startsIt() {
        VmUser user = newUser();
        String vm = user.createId();
        String snapshot = take(user, vm).get("id").asString();
        take(user, vm);
        HttpResponse<String> running = user.post("/vm/" + vm + "/snapshots/" + snapshot + "/restore", Map.of());
        assertThat(running.statusCode()).as(running.body()).isEqualTo(200);
        assertThat(TestApi.json(running).get("state").asString()).isEqualTo("running");
        assertThat(current(user, vm)).isEqualTo(snapshot);
        take(user, vm);
        user.post("/vm/" + vm + "/stop", Map.of("force", true));
        HttpResponse<String> stopped = user.post("/vm/" + vm + "/snapshots/" + snapshot + "/restore", Map.of());
        assertThat(stopped.statusCode()).as(stopped.body()).isEqualTo(200);
        assertThat(TestApi.json(stopped).get("state").asString()).isEqualTo("stopped");
        assertThat(current(user, vm)).isEqualTo(snapshot);
        assertThat(user.post("/vm/" + vm + "/start", Map.of()).statusCode()).isEqualTo(200);
        assertThat(current(user, vm)).isEqualTo(snapshot);
    }

    @Test
    void newVm_fromASnapshot_isLikeItsParent_andOutlivesIt() {
        VmUser user = newUser();
        String vm = user.create(Map.of("template", "tiny", "memoryMiB", 192, "diskGiB", 3))
                .get("id")
                .asString();
        String snapshot = take(user, vm).get("id").asString();
        JsonNode child = user.create(Map.of("snapshot", snapshot, "name", "child"));
        assertThat(child.get("memoryMiB").asInt()).isEqualTo(192);
        assertThat(child.get("diskGiB").asInt()).isEqualTo(3);
        assertThat(child.get("template").asString()).isEqualTo("tiny");
        user.send("DELETE", "/vm/" + vm, Map.of());
        String id = child.get("id").asString();
        user.post("/vm/" + id + "/stop", Map.of("force", true));
        assertThat(user.post("/vm/" + id + "/start", Map.of()).statusCode()).isEqualTo(200);
        assertThat(user.get("/vm/" + id + "/snapshots").body()).isEqualTo("[]");
    }

    @Test
    void deleted_isGone_alsoOnTheHost_andItsNameIsFree() {
        VmUser user = newUser();
        String vm = user.createId();
        String path = "/vm/" + vm + "/snapshots";
        String snapshot =
                TestApi.json(user.post(path, Map.of("name", "a"))).get("id").asString();
        assertThat(VmUser.code(user.post(path, Map.of("name", "A")))).isEqualTo("name-in-use");
        assertThat(user.send("DELETE", path + "/" + snapshot, Map.of()).statusCode())
                .isEqualTo(204);
        assertThat(user.send("DELETE", path + "/" + snapshot, Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(host.host().disk(VmId.of(vm)).snapshots()).isEmpty();
        assertThat(user.post(path, Map.of("name", "a")).statusCode()).isEqualTo(201);
    }

    @Test
    void othersSnapshots_answerLikeNone() {
        VmUser owner = newUser();
        String vm = owner.createId();
        String snapshot = take(owner, vm).get("id").asString();
        VmUser stranger = newUser();
        String own = stranger.createId();
        for (String id : List.of(snapshot, UUID.randomUUID().toString())) {
            for (String of : List.of(vm, own, UUID.randomUUID().toString())) {
                String path = "/vm/" + of + "/snapshots/" + id;
                assertThat(stranger.post(path + "/restore", Map.of()).statusCode())
                        .isEqualTo(404);
                assertThat(stranger.send("DELETE", path, Map.of()).statusCode()).isEqualTo(404);
            }
            HttpResponse<String> made = stranger.post("/vm", Map.of("snapshot", id));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(404);
        }
        assertThat(stranger.get("/vm/" + vm + "/snapshots").statusCode()).isEqualTo(404);
        assertThat(stranger.post("/vm/" + vm + "/snapshots", Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(owner.post("/vm/" + vm + "/snapshots/../../etc/passwd/restore", Map.of())
                        .statusCode())
                .isGreaterThanOrEqualTo(400);
        assertThat(names(owner, vm)).hasSize(1);
    }

    @Test
    void diskOfASnapshot_isDownloaded_byItsOwnerAlone_fewAtATime_andABrokenOneIsSeen() throws Exception {
        VmUser user = newUser();
        String vm = user.create(Map.of("template", "tiny", "name", "my desk"))
                .get("id")
                .asString();
        String id = TestApi.json(user.post("/vm/" + vm + "/snapshots", Map.of("name", "before it all")))
                .get("id")
                .asString();
        String path = "/vm/" + vm + "/snapshots/" + id + "/content";
        HttpResponse<byte[]> whole = bytes(user, path);
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).startsWith('Q', 'F', 'I', 0xfb);
        assertThat(whole.headers().firstValueAsLong("Content-Length")).hasValue(whole.body().length);
        assertThat(whole.headers().firstValue("Content-Disposition").orElseThrow())
                .contains("my-desk-before-it-all.qcow2");

        host.host().script().copiesBreak(1);
        assertThatThrownBy(() -> bytes(user, path)).isInstanceOf(IOException.class);
        for (int more = 0; more < 4; more++) { // whoever broke off does not count for ever
            assertThat(bytes(user, path).statusCode()).isEqualTo(200);
        }
        host.host().script().copiesFail(1);
        assertThat(user.get(path).statusCode()).isEqualTo(503);

        SnapshotDownloads downloads = api.bean(SnapshotDownloads.class);
        UserId owner = new UserId(
                UUID.fromString(TestApi.json(user.get("/auth/me")).get("id").asString()));
        try (SnapshotImage one = downloads.open(owner, VmId.of(vm), SnapshotId.of(id));
                SnapshotImage two = downloads.open(owner, VmId.of(vm), SnapshotId.of(id))) {
            assertThat(one.size()).isEqualTo(two.size());
            HttpResponse<String> third = user.get(path);
            assertThat(third.statusCode()).as(third.body()).isEqualTo(429);
            assertThat(third.headers().firstValue("Retry-After")).isPresent();
        }
        assertThat(user.get(path).statusCode()).isEqualTo(200);
        VmUser stranger = newUser();
        assertThat(stranger.get(path).statusCode()).isEqualTo(404);
        assertThat(stranger.get(path.replace(vm, stranger.createId())).statusCode())
                .isEqualTo(404);
    }

    @Test
    void snapshotThatTheHostDidNotAcknowledge_isNeverShown_andDropped() {
        VmUser user = newUser();
        String vm = user.createId();
        host.host().script().unreachable(true);
        HttpResponse<String> answer;
        try {
            answer = user.post("/vm/" + vm + "/snapshots", Map.of());
        } finally {
            host.host().script().unreachable(false);
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(user.get("/vm/" + vm + "/snapshots").body()).isEqualTo("[]");
        host.host().takeSnapshot(VmId.of(vm), SnapshotId.random());
        assertThat(user.get("/vm/" + vm + "/snapshots").body()).isEqualTo("[]");
    }

    @Test
    void whatADiskReallyTakes_isShown_andCountsWhenItIsMoreThanItsSize() {
        VmUser user = newUser();
        String vm = user.createId();
        long before = diskBytes(user);
        assertThat(user.show(vm).get("diskUsedBytes").isNull()).isTrue();
        api.bean(SnapshotSweeper.class).sweep();
        long used = user.show(vm).get("diskUsedBytes").asLong();
        assertThat(used).isPositive().isLessThan(GIB);
        assertThat(diskBytes(user)).isEqualTo(before);

        api.bean(VmStore.class).noteDisks(new HostName("local"), Map.of(VmId.of(vm), new Bytes(before + GIB)));
        assertThat(user.show(vm).get("diskUsedBytes").asLong()).isEqualTo(before + GIB);
        assertThat(diskBytes(user)).isEqualTo(before + GIB);
        api.bean(SnapshotSweeper.class).sweep();
        assertThat(user.show(vm).get("diskUsedBytes").asLong()).isEqualTo(used);
    }

    @Test
    void fullHost_refusesWhatIsNew_with507_andHarmsNobody() {
        VmUser user = newUser();
        String vm = user.createId();
        String rests = user.createId();
        user.post("/vm/" + rests + "/stop", Map.of("force", true));
        host.host().script().diskLow(true);
        try {
            VmUser impatient = newUser();
            await("the API has noticed").atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                HttpResponse<String> create = impatient.post("/vm", Map.of("template", "tiny"));
                assertThat(create.statusCode()).as(create.body()).isEqualTo(507);
                assertThat(VmUser.code(create)).isEqualTo("insufficient-storage");
            });
            assertThat(user.post("/vm/" + vm + "/snapshots", Map.of()).statusCode())
                    .isEqualTo(507);
            assertThat(user.post("/vm/" + rests + "/start", Map.of()).statusCode())
                    .isEqualTo(507);
            assertThat(user.show(vm).get("state").asString()).isEqualTo("running");
            assertThat(user.show(rests).get("state").asString()).isEqualTo("stopped");
            assertThat(user.get("/vm").body()).doesNotContain("failed");
        } finally {
            host.host().script().diskLow(false);
        }
        await("room again is noticed")
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(
                                user.post("/vm/" + rests + "/start", Map.of()).statusCode())
                        .isIn(200, 202));
    }

    private static JsonNode take(VmUser user, String vm) {
        HttpResponse<String> answer = user.post("/vm/" + vm + "/snapshots", Map.of());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    private static List<String> names(VmUser user, String vm) {
        return TestApi.json(user.get("/vm/" + vm + "/snapshots"))
                .valueStream()
                .map(snapshot -> snapshot.get("name").asString())
                .toList();
    }

    private static String current(VmUser user, String vm) {
        return TestApi.json(user.get("/vm/" + vm + "/snapshots"))
                .valueStream()
                .filter(snapshot -> snapshot.get("current").asBoolean())
                .map(snapshot -> snapshot.get("id").asString())
                .findFirst()
                .orElse("none");
    }

    private static long diskBytes(VmUser user) {
        JsonNode usage = TestApi.json(user.get("/auth/me")).get("usage");
        assertThat(usage.get("diskBytes").asLong()).isGreaterThanOrEqualTo(GIB);
        return usage.get("diskBytes").asLong();
    }
}
