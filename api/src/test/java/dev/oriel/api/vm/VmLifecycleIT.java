package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.vm.VmId;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** The life of a VM over HTTP, on a simulated host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmLifecycleIT {
    private static final Duration SOON = Duration.ofSeconds(10);

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

    @BeforeAll
    void warmUp() {
        VmUser user = newUser();
        user.send("DELETE", "/vm/" + user.createId(), Map.of());
    }

    @AfterAll
    void close() {
        api.close();
        host.close();
    }

    private VmUser newUser() {
        return VmUser.register(api, "user" + ++users);
    }

    @Test
    void create_answersWithARunningVm_inTheFormOfTheContract() {
        HttpResponse<String> answer = newUser().post("/vm", Map.of("template", "tiny"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        JsonNode vm = TestApi.json(answer);
        assertThat(vm.get("name").asString()).isEqualTo("tiny-1");
        assertThat(vm.get("state").asString()).isEqualTo("running");
        assertThat(vm.get("desired").asString()).isEqualTo("running");
        assertThat(vm.get("reason").isNull()).isTrue();
        assertThat(vm.get("expiresAt").isNull()).isTrue();
        assertThat(vm.get("cpus").isInt()).isTrue();
        assertThat(vm.get("memoryMiB").isInt()).isTrue();
        assertThat(vm.get("diskGiB").isInt()).isTrue();
        assertThat(vm.get("bootMillis").asLong()).isBetween(40L, 5000L);
        assertThat(vm.get("createdAt").asString()).endsWith("Z");
        assertThat(vm.get("startedAt").asString()).endsWith("Z");
        assertThat(vm.get("whenUnwatched").asString()).isEqualTo("run");
        assertThat(words(vm.get("actions"))).contains("stop", "restart", "reset", "delete");
        String id = vm.get("id").asString();
        assertThat(answer.headers().firstValue("Location")).contains("/api/vm/" + id);
        JsonNode console = vm.get("console");
        assertThat(console.get("url").asString()).isEqualTo("wss://localhost:8443/vnc/local/" + id);
        assertThat(console.get("ticket").asString()).contains(".");
        assertThat(console.get("page").asString()).isEqualTo("/pages/console/" + id);
    }

    @Test
    void show_neverGivesATicket() {
        VmUser user = newUser();
        String id = user.createId();
        JsonNode console = user.show(id).get("console");
        assertThat(console.get("ticket").isNull()).isTrue();
        assertThat(console.get("url").asString()).endsWith(id);
    }

    @Test
    void stopStartDelete_goThrough_andRepeatsAreHarmless() {
        VmUser user = newUser();
        String id = user.createId();
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> stopped = user.post("/vm/" + id + "/stop", Map.of());
            assertThat(stopped.statusCode()).as(stopped.body()).isEqualTo(200);
            assertThat(TestApi.json(stopped).get("state").asString()).isEqualTo("stopped");
            assertThat(TestApi.json(stopped).get("console").isNull()).isTrue();
        }
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> started = user.post("/vm/" + id + "/start", Map.of());
            assertThat(started.statusCode()).as(started.body()).isEqualTo(200);
            assertThat(TestApi.json(started).get("state").asString()).isEqualTo("running");
        }
        assertThat(user.send("DELETE", "/vm/" + id, Map.of()).statusCode()).isEqualTo(204);
        assertThat(user.get("/vm/" + id).statusCode()).isEqualTo(404);
        assertThat(user.send("DELETE", "/vm/" + id, Map.of()).statusCode()).isEqualTo(404);
        assertThat(host.host().observe(VmId.of(id))).isEmpty();
    }

    @Test
    void stop_byForce_doesNotWaitForTheGuest() {
        VmUser user = newUser();
        String id = user.createId();
        host.host().script().stopDelay(Duration.ofSeconds(30));
        try {
            HttpResponse<String> gentle = user.post("/vm/" + id + "/stop", Map.of(), "Prefer", "wait=1");
            assertThat(gentle.statusCode()).isEqualTo(202);
            assertThat(TestApi.json(gentle).get("state").asString()).isEqualTo("stopping");
            HttpResponse<String> start = user.post("/vm/" + id + "/start", Map.of());
            assertThat(start.statusCode()).isEqualTo(409);
            assertThat(VmUser.code(start)).isEqualTo("state-conflict");
            assertThat(TestApi.json(start).get("state").asString()).isEqualTo("stopping");
            assertThat(words(TestApi.json(start).get("allowed"))).containsExactly("delete");
            HttpResponse<String> forced = user.post("/vm/" + id + "/stop", Map.of("force", true));
            assertThat(forced.statusCode()).as(forced.body()).isEqualTo(200);
        } finally {
            host.host().script().stopDelay(Duration.ofMillis(20));
        }
    }

    @Test
    void suspend_andResume_areRepeatable_andASuspendedVmLeavesRoomInTheQuota() {
        VmUser user = newUser();
        String id = user.createId();
        HttpResponse<String> suspended = user.post("/vm/" + id + "/suspend", Map.of());
        assertThat(suspended.statusCode()).as(suspended.body()).isEqualTo(200);
        JsonNode vm = TestApi.json(suspended);
        assertThat(vm.get("state").asString()).isEqualTo("suspended");
        assertThat(vm.get("desired").asString()).isEqualTo("suspended");
        assertThat(words(vm.get("actions"))).contains("resume", "delete").doesNotContain("start", "stop");
        assertThat(user.post("/vm/" + id + "/suspend", Map.of()).statusCode()).isEqualTo(200);
        assertThat(user.post("/vm/" + id + "/stop", Map.of()).statusCode()).isEqualTo(409);
        String second = user.createId();
        String third = user.createId();
        HttpResponse<String> full = user.post("/vm/" + id + "/resume", Map.of());
        assertThat(full.statusCode()).isEqualTo(403);
        assertThat(VmUser.code(full)).isEqualTo("quota-exceeded");
        user.post("/vm/" + second + "/suspend", Map.of());

        HttpResponse<String> resumed = user.post("/vm/" + id + "/resume", Map.of());

        assertThat(resumed.statusCode()).as(resumed.body()).isEqualTo(200);
        assertThat(TestApi.json(resumed).get("state").asString()).isEqualTo("running");
        assertThat(user.post("/vm/" + id + "/resume", Map.of()).statusCode()).isEqualTo(200);
        assertThat(user.post("/vm/" + third + "/stop", Map.of()).statusCode()).isEqualTo(200);
        assertThat(user.post("/vm/" + third + "/suspend", Map.of()).statusCode())
                .isEqualTo(409);
    }

    @Test
    void restart_startsTheGuestAnew_andResetDoesNot() {
        VmUser user = newUser();
        String id = user.createId();
        String first = user.show(id).get("startedAt").asString();
        HttpResponse<String> reset = user.post("/vm/" + id + "/reset", Map.of());
        assertThat(reset.statusCode()).as(reset.body()).isEqualTo(200);
        assertThat(TestApi.json(reset).get("startedAt").asString()).isEqualTo(first);
        HttpResponse<String> restarted = user.post("/vm/" + id + "/restart", Map.of());
        assertThat(restarted.statusCode()).as(restarted.body()).isEqualTo(200);
        assertThat(TestApi.json(restarted).get("state").asString()).isEqualTo("running");
        assertThat(TestApi.json(restarted).get("startedAt").asString()).isNotEqualTo(first);
        assertThat(user.post("/vm/" + id + "/restart", Map.of("force", true)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void restart_answers202_whileTheGuestTakesItsTime_andARepeatWithForceDoesNotWait() {
        VmUser user = newUser();
        String id = user.createId();
        host.host().script().stopDelay(Duration.ofSeconds(30));
        try {
            HttpResponse<String> gentle = user.post("/vm/" + id + "/restart", Map.of(), "Prefer", "wait=1");
            assertThat(gentle.statusCode()).isEqualTo(202);
            assertThat(TestApi.json(gentle).get("state").asString()).isEqualTo("starting");
            assertThat(user.post("/vm/" + id + "/restart", Map.of(), "Prefer", "wait=0")
                            .statusCode())
                    .isEqualTo(202);
            HttpResponse<String> forced = user.post("/vm/" + id + "/restart", Map.of("force", true));
            assertThat(forced.statusCode()).as(forced.body()).isEqualTo(200);
        } finally {
            host.host().script().stopDelay(Duration.ofMillis(20));
        }
    }

    @Test
    void restartAndReset_ofAStoppedVm_areConflicts() {
        VmUser user = newUser();
        String id = user.createId();
        user.post("/vm/" + id + "/stop", Map.of());
        for (String verb : List.of("restart", "reset")) {
            HttpResponse<String> refused = user.post("/vm/" + id + "/" + verb, Map.of());
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(TestApi.json(refused).get("state").asString()).isEqualTo("stopped");
            assertThat(words(TestApi.json(refused).get("allowed"))).contains("start", "delete");
        }
    }

    @Test
    void change_ofHardware_isCheckedAndCountsFromTheNextStart() {
        VmUser user = newUser();
        JsonNode vm = user.create(Map.of("template", "tiny"));
        String id = vm.get("id").asString();
        int disk = vm.get("diskGiB").asInt();
        HttpResponse<String> changed = user.send(
                "PATCH",
                "/vm/" + id,
                Map.of("cpus", 2, "memoryMiB", 256, "diskGiB", disk + 1, "whenUnwatched", "pause"));
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(TestApi.json(changed).get("cpus").asInt()).isEqualTo(2);
        assertThat(TestApi.json(changed).get("memoryMiB").asInt()).isEqualTo(256);
        assertThat(TestApi.json(changed).get("diskGiB").asInt()).isEqualTo(disk + 1);
        assertThat(TestApi.json(changed).get("whenUnwatched").asString()).isEqualTo("pause");
        assertThat(user.send("PATCH", "/vm/" + id, Map.of("diskGiB", disk)).statusCode())
                .isEqualTo(400);
        assertThat(user.send("PATCH", "/vm/" + id, Map.of("cpus", 0)).statusCode())
                .isEqualTo(400);
        assertThat(user.send("PATCH", "/vm/" + id, Map.of("state", "running")).statusCode())
                .isEqualTo(400);
        HttpResponse<String> tooMuch = user.send("PATCH", "/vm/" + id, Map.of("diskGiB", 2000));
        assertThat(VmUser.code(tooMuch)).isEqualTo("quota-exceeded");
        assertThat(user.post("/vm/" + id + "/restart", Map.of()).statusCode()).isEqualTo(200);
        assertThat(user.show(id).get("cpus").asInt()).isEqualTo(2);
    }

    @Test
    void userData_reachesTheHost_andIsForgottenWithTheVm() {
        VmUser user = newUser();
        String text = "#cloud-config\npassword: Grüße\n";
        JsonNode vm = user.create(Map.of("template", "tiny", "userData", text, "firmware", "uefi"));
        ImageDigest digest = UserDataStore.digestOf(text);
        assertThat(host.host().hasImage(digest)).isTrue();
        assertThat(vm.get("firmware").asString()).isEqualTo("uefi");
        assertThat(vm.toString()).doesNotContain("Grüße");
        VmId id = VmId.of(vm.get("id").asString());
        UserDataStore store = api.bean(UserDataStore.class);
        assertThat(store.find(id))
                .hasValueSatisfying(bytes ->
                        assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(text));
        assertThat(user.send("DELETE", "/vm/" + id, Map.of()).statusCode()).isEqualTo(204);
        assertThat(store.find(id)).isEmpty();
        assertThat(host.host().hasImage(digest)).isFalse();
    }

    @Test
    void killedVm_isStartedAgain_whenItsOwnerWantsThat() {
        VmUser user = newUser();
        String id = user.create(Map.of("template", "tiny", "restartPolicy", "on-failure"))
                .get("id")
                .asString();
        String first = user.show(id).get("startedAt").asString();
        host.host().kill(VmId.of(id));
        Awaitility.await("it runs again")
                .atMost(SOON)
                .until(() -> user.show(id).get("state").asString().equals("running")
                        && !user.show(id).get("startedAt").asString().equals(first));
        host.host().panic(VmId.of(id));
        Awaitility.await("it has crashed and runs again")
                .atMost(SOON)
                .until(() -> user.show(id).get("reason").isNull()
                        && user.show(id).get("state").asString().equals("running"));
        host.host().kill(VmId.of(id));
        user.awaitState(id, "failed", Duration.ofSeconds(3));
        assertThat(user.show(id).get("restartsAt").isNull()).isFalse();
        JsonNode never = TestApi.json(user.send("PATCH", "/vm/" + id, Map.of("restartPolicy", "never")));
        assertThat(never.get("restartsAt").isNull()).isTrue();
        assertThat(never.get("desired").asString()).isEqualTo("stopped");
    }

    @Test
    void panickedGuest_isShown_andLeftAlone_unlessToldOtherwise() {
        VmUser user = newUser();
        String id = user.createId();
        host.host().panic(VmId.of(id));
        Awaitility.await()
                .atMost(Duration.ofSeconds(3))
                .until(() -> user.show(id).get("reason").asString("").equals("guest-panicked"));
        assertThat(user.show(id).get("state").asString()).isEqualTo("running");
        assertThat(user.post("/vm/" + id + "/reset", Map.of()).statusCode()).isEqualTo(200);
        assertThat(user.show(id).get("reason").isNull()).isTrue();
    }

    @Test
    void create_answers202_whenItTakesLongerThanPreferred() {
        VmUser user = newUser();
        host.host().script().bootDelay(Duration.ofSeconds(2));
        try {
            HttpResponse<String> answer = user.post("/vm", Map.of("template", "tiny"), "Prefer", "wait=0");
            assertThat(answer.statusCode()).isEqualTo(202);
            String id = TestApi.json(answer).get("id").asString();
            assertThat(answer.headers().firstValue("Location")).contains("/api/vm/" + id);
            assertThat(TestApi.json(answer).get("console").isNull()).isTrue();
            user.awaitState(id, "running", SOON);
        } finally {
            host.host().script().bootDelay(Duration.ofMillis(50));
        }
    }

    @Test
    void create_thatFails_saysWhy_andReturnsItsQuota() {
        VmUser user = newUser();
        user.createId();
        host.host().script().failNext(1);
        HttpResponse<String> failed = user.post("/vm", Map.of("template", "tiny"));
        assertThat(failed.statusCode()).isEqualTo(202);
        JsonNode vm = TestApi.json(failed);
        assertThat(vm.get("state").asString()).isEqualTo("failed");
        assertThat(vm.get("reason").asString()).isNotBlank();
        assertThat(words(vm.get("actions")))
                .contains("start", "restart", "delete")
                .doesNotContain("stop", "reset");
        user.createId();
        HttpResponse<String> again = user.post("/vm/" + vm.get("id").asString() + "/start", Map.of());
        assertThat(VmUser.code(again)).isEqualTo("quota-exceeded");
    }

    @Test
    void kill_isSeenWithinSeconds_asAFailureWithAReason() {
        VmUser user = newUser();
        String id = user.createId();
        host.host().kill(VmId.of(id));
        user.awaitState(id, "failed", Duration.ofSeconds(3));
        JsonNode vm = user.show(id);
        assertThat(vm.get("reason").asString()).isNotBlank();
        assertThat(vm.get("desired").asString()).isEqualTo("stopped");
        assertThat(api.bean(JdbcClient.class)
                        .sql("SELECT count(*) FROM usage_interval"
                                + " WHERE vm_id = :vm AND kind = 'running' AND ended_at IS NULL")
                        .param("vm", UUID.fromString(id))
                        .query(Long.class)
                        .single())
                .as("what it used has ended with it")
                .isZero();
        assertThat(user.post("/vm/" + id + "/start", Map.of()).statusCode()).isEqualTo(200);
    }

    @Test
    void guestThatPowersItselfOff_staysOff() throws InterruptedException {
        VmUser user = newUser();
        String id = user.createId();
        host.host().powerOff(VmId.of(id));
        user.awaitState(id, "stopped", Duration.ofSeconds(3));
        assertThat(user.show(id).get("desired").asString()).isEqualTo("stopped");
        // Two turns of the reconciler.
        Thread.sleep(4500);
        assertThat(user.show(id).get("state").asString()).isEqualTo("stopped");
    }

    @Test
    void othersVms_answerLikeNone() {
        VmUser owner = newUser();
        VmUser other = newUser();
        String id = owner.createId();
        String none = UUID.randomUUID().toString();
        for (List<String> call : List.of(
                List.of("GET", ""),
                List.of("PATCH", ""),
                List.of("DELETE", ""),
                List.of("POST", "/start"),
                List.of("POST", "/stop"),
                List.of("POST", "/restart"),
                List.of("POST", "/reset"),
                List.of("POST", "/console"),
                List.of("GET", "/screenshot"))) {
            Map<String, ?> body = call.getFirst().equals("PATCH") ? Map.of("name", "mine") : Map.of();
            HttpResponse<String> foreign = other.send(call.getFirst(), "/vm/" + id + call.getLast(), body);
            HttpResponse<String> random = other.send(call.getFirst(), "/vm/" + none + call.getLast(), body);
            assertThat(foreign.statusCode()).as(call.toString()).isEqualTo(404);
            assertThat(withoutRequestId(foreign)).isEqualTo(withoutRequestId(random));
        }
        assertThat(owner.show(id).get("state").asString()).isEqualTo("running");
        assertThat(TestApi.json(other.get("/vm"))).isEmpty();
    }

    @Test
    void names_areUniquePerOwner_andChangeable() {
        VmUser user = newUser();
        String id = user.create(Map.of("template", "tiny", "name", "Mine"))
                .get("id")
                .asString();
        HttpResponse<String> second = user.post("/vm", Map.of("template", "tiny", "name", "mine"));
        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(VmUser.code(second)).isEqualTo("name-in-use");
        assertThat(newUser()
                        .create(Map.of("template", "tiny", "name", "Mine"))
                        .get("name")
                        .asString())
                .isEqualTo("Mine");
        HttpResponse<String> renamed = user.send("PATCH", "/vm/" + id, Map.of("name", "Yours"));
        assertThat(TestApi.json(renamed).get("name").asString()).isEqualTo("Yours");
        user.send("DELETE", "/vm/" + id, Map.of());
        user.create(Map.of("template", "tiny", "name", "Yours"));
    }

    @Test
    void badRequests_areExplainedByField() {
        VmUser user = newUser();
        assertThat(VmUser.code(user.post("/vm", Map.of("template", "no-such")))).isEqualTo("unknown-template");
        HttpResponse<String> bad =
                user.post("/vm", Map.of("template", "tiny", "cpus", 0, "memoryMiB", 1, "diskGiB", 99999, "name", "-"));
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(TestApi.json(bad).get("errors")).hasSize(4);
        for (Map.Entry<String, ?> odd : Map.of("cpus", 1.5, "memoryMiB", "128", "whenUnwatched", 1, "name", 5)
                .entrySet()) {
            HttpResponse<String> answer = user.post("/vm", Map.of("template", "tiny", odd.getKey(), odd.getValue()));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        }
        assertThat(VmUser.code(user.post("/vm", Map.of("template", "tiny", "userData", " "))))
                .isEqualTo("bad-request");
        assertThat(VmUser.code(user.post("/vm", Map.of("template", "tiny", "firmware", "coreboot"))))
                .isEqualTo("bad-request");
        assertThat(VmUser.code(user.post("/vm", Map.of("template", "tiny", "colour", "red"))))
                .isEqualTo("bad-request");
        assertThat(user.post(
                                "/vm",
                                Map.of(
                                        "template",
                                        "tiny",
                                        "iso",
                                        UUID.randomUUID().toString()))
                        .statusCode())
                .isEqualTo(422);
        assertThat(user.get("/vm?limit=0").statusCode()).isEqualTo(400);
        assertThat(user.get("/vm?after=%21").statusCode()).isEqualTo(400);
        assertThat(TestApi.json(user.get("/vm"))).isEmpty();
    }

    @Test
    void idempotencyKey_makesOneVm() {
        VmUser user = newUser();
        String[] key = {"Idempotency-Key", "the-key"};
        HttpResponse<String> first = user.post("/vm", Map.of("template", "tiny"), key);
        HttpResponse<String> second = user.post("/vm", Map.of("template", "tiny"), key);
        assertThat(second.statusCode()).isEqualTo(first.statusCode()).isEqualTo(201);
        assertThat(TestApi.json(second).get("id")).isEqualTo(TestApi.json(first).get("id"));
        HttpResponse<String> other = user.post("/vm", Map.of("template", "blank"), key);
        assertThat(VmUser.code(other)).isEqualTo("idempotency-mismatch");
        assertThat(TestApi.json(user.get("/vm"))).hasSize(1);
        assertThat(TestApi.json(newUser().post("/vm", Map.of("template", "tiny"), key))
                        .get("id"))
                .isNotEqualTo(TestApi.json(first).get("id"));
    }

    @Test
    void templates_areListed() {
        JsonNode templates = TestApi.json(newUser().get("/vm/templates"));
        assertThat(templates).hasSize(3);
        for (JsonNode template : templates) {
            assertThat(template.get("ready").asBoolean()).isTrue();
            assertThat(template.get("memoryMiB").isInt()).isTrue();
            assertThat(template.get("pool").get("ready").isInt()).isTrue();
        }
    }

    @Test
    void screenshot_isAPng_andOnlyOfRunningVms() {
        VmUser user = newUser();
        String id = user.createId();
        HttpResponse<String> shot = user.get("/vm/" + id + "/screenshot");
        assertThat(shot.statusCode()).isEqualTo(200);
        assertThat(shot.headers().firstValue("Content-Type")).contains("image/png");
        user.post("/vm/" + id + "/stop", Map.of());
        assertThat(user.get("/vm/" + id + "/screenshot").statusCode()).isEqualTo(409);
    }

    @Test
    void usage_followsTheVms() {
        VmUser user = newUser();
        String id = user.createId();
        JsonNode running = TestApi.json(user.get("/auth/me")).get("usage");
        assertThat(running.get("runningVms").asInt()).isEqualTo(1);
        assertThat(running.get("memoryMiB").asInt()).isPositive();
        user.post("/vm/" + id + "/stop", Map.of());
        JsonNode stopped = TestApi.json(user.get("/auth/me")).get("usage");
        assertThat(stopped.get("runningVms").asInt()).isZero();
        assertThat(stopped.get("diskBytes").asLong())
                .isEqualTo(running.get("diskBytes").asLong());
    }

    static List<String> words(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    private static String withoutRequestId(HttpResponse<String> answer) {
        return answer.body().replaceAll("\"requestId\":\"[^\"]*\"", "");
    }
}
