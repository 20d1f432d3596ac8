package dev.oriel.api.team;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.api.vm.TestPlatform;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A team owns VMs and files within a quota of its own; who does not belong to it finds nothing there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TeamIT {
    private final TestPlatform platform;
    private final TestApi api;
    private String admin = "";
    private String manager = "";
    private String member = "";
    private String viewer = "";
    private String stranger = "";
    private String team = "";

    TeamIT() throws IOException {
        platform = new TestPlatform();
        api = platform.api;
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @BeforeAll
    void teamOfThree() {
        admin = TestApi.json(
                        api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
                .get("accessToken")
                .asString();
        manager = api.register("manager");
        member = api.register("member");
        viewer = api.register("viewer");
        stranger = api.register("stranger");
        team = id(send("POST", "/teams", Map.of("name", "Research", "manager", "manager"), admin, 201));
        send("POST", "/teams/" + team + "/members", Map.of("username", "member", "role", "member"), manager, 200);
        send("POST", "/teams/" + team + "/members", Map.of("username", "VIEWER", "role", "viewer"), manager, 200);
        // At once, though what a caller is, is known for a moment.
        send("GET", "/vm?team=" + team, Map.of(), viewer, 200);
        send("GET", "/vm?team=" + team, Map.of(), member, 200);
    }

    @Test
    void membersShareAVm_withinTheTeamsQuota_notTheirOwn() {
        String vm = id(send("POST", "/vm?team=" + team, Map.of("template", "tiny", "name", "shared"), member, 201));
        assertThat(send("GET", "/vm", Map.of(), member, 200)).isEmpty();
        assertThat(send("GET", "/vm?team=" + team, Map.of(), manager, 200)).hasSize(1);
        assertThat(send("GET", "/auth/me", Map.of(), member, 200)
                        .at("/usage/runningVms")
                        .asInt())
                .isZero();
        assertThat(send("GET", "/teams/" + team, Map.of(), viewer, 200)
                        .at("/usage/runningVms")
                        .asInt())
                .isPositive();
        // A VM says by itself whose it is: no parameter is needed below its address.
        send("POST", "/vm/" + vm + "/stop", Map.of("force", true), manager, 200);
        send("POST", "/vm/" + vm + "/start", Map.of(), member, 200);
        send("GET", "/vm/" + vm, Map.of(), viewer, 200);
        send("POST", "/vm/" + vm + "/snapshots", Map.of(), viewer, 403);
        send("DELETE", "/vm/" + vm, Map.of(), viewer, 403);
        send("POST", "/vm?team=" + team, Map.of("template", "tiny"), viewer, 403);
        JsonNode console = send("POST", "/vm/" + vm + "/console", Map.of(), viewer, 200);
        assertThat(claims(console).path("perm").asString(claims(console).toString()))
                .as("who may only look drives nothing")
                .containsIgnoringCase("view");
        send("POST", "/vm/" + vm + "/snapshots", Map.of("name", "kept"), member, 201);
        send("DELETE", "/vm/" + vm, Map.of(), manager, 204);
    }

    @Test
    void parallelCreatesByAllMembers_endAtTheTeamsQuota() throws Exception {
        String small = id(send("POST", "/teams", Map.of("name", "Small", "manager", "manager"), admin, 201));
        send("POST", "/teams/" + small + "/members", Map.of("username", "member", "role", "member"), manager, 200);
        send("PATCH", "/teams/" + small, Map.of("quota", Map.of("runningVms", 3)), manager, 403);
        send("PATCH", "/teams/" + small, Map.of("quota", Map.of("runningVms", 3)), admin, 200);
        Callable<Integer> create = () -> answer("POST", "/vm?team=" + small, Map.of("template", "tiny"), member)
                .statusCode();
        Callable<Integer> createToo = () -> answer("POST", "/vm?team=" + small, Map.of("template", "tiny"), manager)
                .statusCode();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = threads.invokeAll(java.util.Collections.nCopies(10, create));
            List<Future<Integer>> others = threads.invokeAll(java.util.Collections.nCopies(10, createToo));
            long made = java.util.stream.Stream.concat(answers.stream(), others.stream())
                    .filter(answer -> answer.resultNow() < 300)
                    .count();
            assertThat(made).isEqualTo(3);
        }
        for (JsonNode vm : send("GET", "/vm?team=" + small, Map.of(), member, 200)) {
            send("DELETE", "/vm/" + vm.get("id").asString(), Map.of(), member, 204);
        }
        send("DELETE", "/teams/" + small, Map.of(), manager, 204);
        send("GET", "/vm?team=" + small, Map.of(), member, 404);
    }

    @Test
    void files_belongToTheTeam() {
        String form =
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"plan.txt\"\r\n\r\nplan\r\n--b--\r\n";
        HttpResponse<String> stored = api.send(api.request("/post?team=" + team)
                .header("Authorization", "Bearer " + member)
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString(form)));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        String file = TestApi.json(stored).get("id").asString();
        send("GET", "/post/" + file, Map.of(), member, 404);
        assertThat(answer("GET", "/post/" + file + "/content?team=" + team, Map.of(), viewer)
                        .body())
                .isEqualTo("plan");
        assertThat(answer("GET", "/post/" + file + "?team=" + team, Map.of(), stranger)
                        .statusCode())
                .isEqualTo(404);
        send("DELETE", "/post/" + file + "?team=" + team, Map.of(), viewer, 403);
        send("DELETE", "/post/" + file + "?team=" + team, Map.of(), manager, 204);
    }

    @Test
    void strangers_getWhatARandomIdGets() {
        String vm = id(send("POST", "/vm?team=" + team, Map.of("template", "tiny"), member, 201));
        String nobody = UUID.randomUUID().toString();
        for (String route : List.of("", "/members")) {
            assertThat(plain(answer("GET", "/teams/" + team + route, Map.of(), stranger)))
                    .isEqualTo(plain(answer("GET", "/teams/" + nobody + route, Map.of(), stranger)));
        }
        for (String person : List.of(stranger, api.register("loner"))) {
            for (String route : List.of("/vm", "/post", "/usage", "/vm/templates", "/webhooks", "/vm/" + vm)) {
                HttpResponse<String> seen = answer("GET", route + "?team=" + team, Map.of(), person);
                assertThat(plain(seen))
                        .as(route)
                        .isEqualTo(plain(answer("GET", route + "?team=" + nobody, Map.of(), person)));
                assertThat(seen.statusCode()).isEqualTo(404);
            }
            assertThat(answer("GET", "/vm/" + vm, Map.of(), person).statusCode())
                    .isEqualTo(404);
            assertThat(answer("DELETE", "/vm/" + vm, Map.of(), person).statusCode())
                    .isEqualTo(404);
        }
        // No token, password or login is ever the team's.
        JsonNode token = send(
                "POST",
                "/auth/tokens?team=" + team,
                Map.of("name", "t", "scopes", List.of("vm:read"), "expiresInDays", 1),
                manager,
                201);
        String bearer = token.get("token").asString();
        assertThat(send("GET", "/auth/me", Map.of(), bearer, 200)
                        .get("username")
                        .asString())
                .isEqualTo("manager");
        assertThat(answer("GET", "/admin/users/" + team, Map.of(), admin).statusCode())
                .isEqualTo(404);
        assertThat(api.post("/auth/login", Map.of("username", "Research", "password", ""))
                        .statusCode())
                .isEqualTo(401);
        send("DELETE", "/vm/" + vm, Map.of(), member, 204);
    }

    @Test
    void members_comeAndGo_butNeverTheLastManager() {
        String shortLived = id(send("POST", "/teams", Map.of("name", "Short", "manager", "manager"), admin, 201));
        send("POST", "/teams", Map.of("name", "short"), admin, 409);
        send("POST", "/teams", Map.of("name", "Mine"), manager, 403);
        send(
                "POST",
                "/teams/" + shortLived + "/members",
                Map.of("username", "stranger", "role", "member"),
                manager,
                200);
        String vm = id(send("POST", "/vm?team=" + shortLived, Map.of("template", "tiny"), manager, 201));
        Awaitility.await()
                .until(() -> answer("GET", "/vm/" + vm, Map.of(), stranger).statusCode() == 200);
        send("DELETE", "/teams/" + shortLived, Map.of(), manager, 409);
        send(
                "POST",
                "/teams/" + shortLived + "/members",
                Map.of("username", "member", "role", "member"),
                stranger,
                403);
        String strangerId =
                send("GET", "/auth/me", Map.of(), stranger, 200).get("id").asString();
        String managerId =
                send("GET", "/auth/me", Map.of(), manager, 200).get("id").asString();
        send("DELETE", "/teams/" + shortLived + "/members/" + managerId, Map.of(), manager, 409);
        send("DELETE", "/teams/" + shortLived + "/members/" + strangerId, Map.of(), stranger, 204);
        send("GET", "/vm/" + vm, Map.of(), stranger, 404);
        send("GET", "/teams/" + shortLived, Map.of(), stranger, 404);
        send("DELETE", "/vm/" + vm, Map.of(), manager, 204);
        send("DELETE", "/teams/" + shortLived, Map.of(), manager, 204);
    }

    private static JsonNode claims(JsonNode console) {
        String payload = console.get("ticket").asString().split("\\.", -1)[1];
        return JsonMapper.shared().readTree(java.util.Base64.getUrlDecoder().decode(payload));
    }

    private static String plain(HttpResponse<String> answer) {
        return answer.statusCode() + " " + answer.body().replaceAll("\"requestId\":\"[^\"]*\"", "");
    }

    private static String id(JsonNode made) {
        return made.get("id").asString();
    }

    private JsonNode send(String method, String path, Map<String, ?> body, String token, int expected) {
        HttpResponse<String> answer = answer(method, path, body, token);
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(expected);
        return answer.body().isEmpty() ? JsonMapper.shared().missingNode() : TestApi.json(answer);
    }

    private HttpResponse<String> answer(String method, String path, Map<String, ?> body, String token) {
        HttpRequest.Builder request =
                api.request(path).header("Authorization", "Bearer " + token).header("Accept", "application/json");
        if (body.isEmpty()) {
            return api.send(request.method(method, BodyPublishers.noBody()));
        }
        return api.send(request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body))));
    }
}
