package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Forks, live snapshots and VMs that nobody watches, over HTTP, on a simulated host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmForkIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestHost host = TestHost.start();
    private final TestGateway gateway = new TestGateway();
    private final TestApi api = ApiTestServers.startApi(Map.of(
            "oriel.api.hosts",
            host.entry(gateway.url()),
            "oriel.quota.running-vms",
            "4",
            "oriel.pause-unwatched-after",
            "1s",
            "oriel.suspend-unwatched-after",
            "2s",
            "oriel.limits.logins-per-minute-per-address",
            "1000"));
    private int users;

    @AfterAll
    void close() {
        api.close();
        host.close();
        gateway.close();
    }

    private VmUser newUser() {
        return VmUser.register(api, "forker" + ++users);
    }

    @Test
    void fork_makesChildrenThatRun_andKnowTheirParent() {
        VmUser user = newUser();
        JsonNode parent = user.create(Map.of("template", "tiny", "name", "First"));
        String id = parent.get("id").asString();

        HttpResponse<String> answer = user.post("/vm/" + id + "/fork", Map.of("count", 3));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        JsonNode children = TestApi.json(answer);
        assertThat(children).hasSize(3);
        assertThat(children.valueStream().map(child -> child.get("parent").asString()))
                .containsOnly(id);
        assertThat(children.valueStream().map(child -> child.get("name").asString()))
                .containsExactly("First-1", "First-2", "First-3");
        assertThat(children.valueStream()
                        .map(child -> child.path("console").path("ticket").asString("")))
                .doesNotContain("");
        assertThat(user.show(id).get("parent").isNull()).isTrue();
        assertThat(user.show(id).get("actions").valueStream().map(JsonNode::asString))
                .contains("fork");
        assertThat(TestApi.json(user.get("/vm/" + id + "/snapshots")))
                .as("the moment is nobody's to see")
                .isEmpty();
        HttpResponse<String> more = user.post("/vm/" + id + "/fork", Map.of("count", 1));
        assertThat(more.statusCode()).isEqualTo(403);
        assertThat(VmUser.code(more)).isEqualTo("quota-exceeded");
    }

    @Test
    void fork_isRefused_ofOthersVms_ofStoppedOnes_andInOddNumbers() {
        VmUser user = newUser();
        String id = user.createId();
        assertThat(newUser().post("/vm/" + id + "/fork", Map.of()).statusCode()).isEqualTo(404);
        assertThat(user.post("/vm/" + id + "/fork", Map.of("count", 0)).statusCode())
                .isEqualTo(400);
        assertThat(user.post("/vm/" + id + "/fork", Map.of("count", 17)).statusCode())
                .isEqualTo(400);
        user.post("/vm/" + id + "/stop", Map.of("force", true));
        HttpResponse<String> stopped = user.post("/vm/" + id + "/fork", Map.of());
        assertThat(stopped.statusCode()).isEqualTo(409);
        assertThat(TestApi.json(stopped).get("state").asString()).isEqualTo("stopped");
    }

    @Test
    void liveSnapshot_isGoneBackTo_fromAnyRest() {
        VmUser user = newUser();
        String id = user.createId();
        HttpResponse<String> taken = user.post("/vm/" + id + "/snapshots", Map.of("live", true));
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(201);
        JsonNode moment = TestApi.json(taken);
        assertThat(moment.get("live").asBoolean()).isTrue();
        String restore = "/vm/" + id + "/snapshots/" + moment.get("id").asString() + "/restore";
        for (String verb : List.of("", "stop", "suspend")) {
            if (!verb.isEmpty()) {
                user.post("/vm/" + id + "/" + verb, Map.of());
            }
            HttpResponse<String> back = user.post(restore, Map.of());
            assertThat(back.statusCode()).as("after %s: %s", verb, back.body()).isEqualTo(200);
            assertThat(TestApi.json(back).get("state").asString()).isEqualTo("running");
        }
        user.post("/vm/" + id + "/stop", Map.of());
        assertThat(user.post("/vm/" + id + "/snapshots", Map.of("live", true)).statusCode())
                .isEqualTo(409);
    }

    @Test
    void unwatchedVm_isPaused_andRunsOn_whenItsOwnerWantsThatInstead() {
        VmUser user = newUser();
        String id = user.create(Map.of("template", "tiny", "whenUnwatched", "pause"))
                .get("id")
                .asString();
        awaitReason(user, id, "paused-unwatched");
        assertThat(user.show(id).get("state").asString()).isEqualTo("running");
        user.send("PATCH", "/vm/" + id, Map.of("whenUnwatched", "run"));
        awaitReason(user, id, "");
    }

    @Test
    void unwatchedVm_isSuspended_andComesBackWhenItsConsoleIsOpened() {
        VmUser user = newUser();
        String id = user.create(Map.of("template", "tiny", "whenUnwatched", "suspend"))
                .get("id")
                .asString();
        user.awaitState(id, "suspended", SOON);
        HttpResponse<String> console = user.post("/vm/" + id + "/console", Map.of());
        assertThat(console.statusCode()).as(console.body()).isEqualTo(200);
        assertThat(TestApi.json(console).get("ticket").asString()).isNotEmpty();
        String kept = user.createId();
        user.post("/vm/" + kept + "/suspend", Map.of());
        assertThat(user.post("/vm/" + kept + "/console", Map.of()).statusCode())
                .as("what its owner has put aside stays there")
                .isEqualTo(409);
    }

    @Test
    void vmIsNotSuspended_whileItsGatewaySaysNothing_whichMayMeanThatItIsWatched() {
        VmUser user = newUser();
        gateway.silent(true);
        try {
            String id = user.create(Map.of("template", "tiny", "whenUnwatched", "suspend"))
                    .get("id")
                    .asString();
            await("several looks at it")
                    .during(Duration.ofSeconds(11))
                    .atMost(SOON)
                    .until(() -> user.show(id).get("state").asString().equals("running"));
            gateway.silent(false);
            user.awaitState(id, "suspended", SOON);
        } finally {
            gateway.silent(false);
        }
    }

    @Test
    void guestThatWasAway_isSeenToHaveBeenToldTheTime() {
        VmUser user = newUser();
        String id = user.createId();
        assertThat(user.show(id).get("hooks").isNull()).as("it booted").isTrue();
        user.post("/vm/" + id + "/suspend", Map.of());
        HttpResponse<String> back = user.post("/vm/" + id + "/resume", Map.of());
        assertThat(TestApi.json(back).get("hooks").asString()).isEqualTo("done");
        assertThat(user.show(id).get("hooks").asString()).isEqualTo("done");
    }

    @Test
    void template_isMadeInstantByAdministrators_andByItsOwner() {
        VmUser user = newUser();
        assertThat(user.post("/vm/templates/tiny/freeze", Map.of()).statusCode())
                .isEqualTo(403);
        assertThat(user.post("/vm/templates/nothing/freeze", Map.of()).statusCode())
                .isEqualTo(404);
        HttpResponse<String> login =
                api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests"));
        VmUser admin = new VmUser(api, TestApi.json(login).get("accessToken").asString());
        HttpResponse<String> answer = admin.post("/vm/templates/tiny/freeze", Map.of());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        assertThat(TestApi.json(answer).get("instant").asBoolean()).isTrue();
        await().atMost(SOON)
                .until(() -> TestApi.json(user.get("/vm/templates"))
                        .valueStream()
                        .anyMatch(template -> template.get("name").asString().equals("tiny")
                                && template.get("instant").asBoolean()));
        HttpResponse<String> empty = admin.post("/vm/templates/blank/freeze", Map.of());
        assertThat(empty.statusCode()).as(empty.body()).isEqualTo(409);
    }

    private static void awaitReason(VmUser user, String id, String reason) {
        await().atMost(SOON)
                .until(() -> user.show(id).path("reason").asString("").equals(reason));
    }
}
