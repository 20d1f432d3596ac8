package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiTokenIT {
    private static final String PASSWORD = "a long enough password";

    private final TestApi api = ApiTestServers.startApi(Map.of(
            "oriel.limits.logins-per-minute-per-address", "1000",
            "oriel.limits.request-burst", "5000"));

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void token_isShownOnce_andWorksAsBearer() {
        String login = api.register("maker");
        JsonNode made = make(login, Map.of("name", "backup script"));
        String token = made.get("token").asString();
        assertThat(token)
                .startsWith("oriel_")
                .hasSize(49)
                .endsWith(made.get("hint").asString());
        assertThat(Instant.parse(made.get("expiresAt").asString()))
                .isBetween(
                        Instant.now().plus(89, ChronoUnit.DAYS), Instant.now().plus(91, ChronoUnit.DAYS));
        JsonNode me = TestApi.json(get("/auth/me", token));
        assertThat(me.get("username").asString()).isEqualTo("maker");
        assertThat(get("/vm", token).statusCode()).isEqualTo(200);

        HttpResponse<String> list = get("/auth/tokens", login);
        assertThat(list.body()).doesNotContain(token).contains("backup script");
        assertThat(TestApi.json(list).get(0).has("token")).isFalse();
        String stored = api.bean(JdbcClient.class)
                .sql("SELECT login::text FROM login WHERE token_name = 'backup script'")
                .query(String.class)
                .single();
        assertThat(stored).doesNotContain(token).contains(TokenHash.of(token));
    }

    @Test
    void scopes_areEnforced() {
        String login = api.register("scoped");
        String reader =
                make(login, Map.of("scopes", List.of("vm:read"))).get("token").asString();
        assertThat(get("/vm", reader).statusCode()).isEqualTo(200);
        assertThat(get("/sessions", reader).statusCode()).isEqualTo(200);
        assertForbidden(get("/post", reader), "files:read");
        assertForbidden(post("/vm", Map.of("template", "tiny"), reader), "vm:write");
        assertForbidden(post("/vm/" + UUID.randomUUID() + "/console", Map.of(), reader), "console");
        String files = make(login, Map.of("scopes", List.of("files:read")))
                .get("token")
                .asString();
        assertThat(get("/post", files).statusCode()).isEqualTo(200);
        assertForbidden(get("/vm", files), "vm:read");
    }

    @Test
    void token_cannotTouchTheAccountItself() {
        String login = api.register("careful");
        String token = make(login, Map.of()).get("token").asString();
        assertForbidden(get("/auth/tokens", token), "password");
        assertForbidden(post("/auth/tokens", Map.of(), token), "password");
        assertForbidden(get("/auth/logins", token), "password");
        assertForbidden(
                post("/auth/password", Map.of("currentPassword", PASSWORD, "newPassword", "another good one"), token),
                "password");
    }

    @Test
    void adminScope_isOnlyForThoseInCharge_andWithoutItATokenIsAPlainUsers() {
        assertThat(post("/auth/tokens", Map.of("scopes", List.of("admin")), api.register("climber"))
                        .statusCode())
                .isEqualTo(400);
        String admin = TestApi.json(
                        api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
                .get("accessToken")
                .asString();
        String plain = make(admin, Map.of()).get("token").asString();
        assertThat(TestApi.json(get("/auth/me", plain)).get("role").asString()).isEqualTo("user");
        assertThat(get("/hosts", plain).statusCode()).isEqualTo(403);
        String full = make(admin, Map.of("scopes", List.of("admin", "vm:read")))
                .get("token")
                .asString();
        assertThat(get("/hosts", full).statusCode()).isEqualTo(200);
    }

    @Test
    void revokedToken_isDeadAtOnce() {
        String login = api.register("revoker");
        JsonNode made = make(login, Map.of());
        String token = made.get("token").asString();
        assertThat(get("/auth/me", token).statusCode()).isEqualTo(200);
        assertThat(delete("/auth/tokens/" + made.get("id").asString(), login)).isEqualTo(204);
        assertThat(get("/auth/me", token).statusCode()).isEqualTo(401);
        assertThat(delete("/auth/tokens/" + made.get("id").asString(), login)).isEqualTo(404);
        assertThat(TestApi.json(get("/auth/tokens", login))).isEmpty();
    }

    @Test
    void logout_byToken_endsThatTokenOnly() {
        String login = api.register("tidy");
        String token = make(login, Map.of()).get("token").asString();
        assertThat(post("/auth/logout", Map.of(), token).statusCode()).isEqualTo(204);
        assertThat(get("/auth/me", token).statusCode()).isEqualTo(401);
        assertThat(get("/auth/me", login).statusCode()).isEqualTo(200);
    }

    @Test
    void anothersToken_isLikeNone() {
        JsonNode mine = make(api.register("owner-of-token"), Map.of());
        String stranger = api.register("stranger-to-token");
        assertThat(delete("/auth/tokens/" + mine.get("id").asString(), stranger))
                .isEqualTo(404);
        assertThat(delete("/auth/logins/" + mine.get("id").asString(), stranger))
                .isEqualTo(404);
        assertThat(get("/auth/me", mine.get("token").asString()).statusCode()).isEqualTo(200);
    }

    @Test
    void endedToken_isDead() {
        String login = api.register("late");
        assertThat(post(
                                "/auth/tokens",
                                Map.of(
                                        "expiresAt",
                                        Instant.now().minusSeconds(1).toString()),
                                login)
                        .statusCode())
                .isEqualTo(400);
        assertThat(post("/auth/tokens", Map.of("expiresInDays", 4000), login).statusCode())
                .isEqualTo(400);
        JsonNode made =
                make(login, Map.of("expiresAt", Instant.now().plusSeconds(2).toString()));
        Awaitility.await()
                .atMost(Duration.ofSeconds(6))
                .until(() -> get("/auth/me", made.get("token").asString()).statusCode() == 401);
    }

    @Test
    void badWishes_areNamed() {
        String login = api.register("wishful");
        HttpResponse<String> scope = post("/auth/tokens", Map.of("scopes", List.of("everything")), login);
        assertThat(scope.statusCode()).isEqualTo(400);
        assertThat(scope.body()).contains("scopes");
        assertThat(post("/auth/tokens", Map.of("scopes", List.of()), login).statusCode())
                .isEqualTo(400);
        assertThat(post("/auth/tokens", Map.of("name", " "), login).statusCode())
                .isEqualTo(400);
        assertThat(post("/auth/tokens", Map.of("owner", "admin"), login).statusCode())
                .isEqualTo(400);
    }

    @Test
    void fiftyTokens_areEnough() {
        String login = api.register("collector");
        for (int i = 0; i < 50; i++) {
            make(login, Map.of("name", "number " + i));
        }
        HttpResponse<String> answer = post("/auth/tokens", Map.of(), login);
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(TestApi.json(answer).get("code").asString()).isEqualTo("quota-exceeded");
    }

    @Test
    void tokenInACookie_isNoLogin_andATokenDoesNotRefresh() {
        String token = make(api.register("confuser"), Map.of()).get("token").asString();
        assertThat(api.send(api.request("/auth/me").header("Cookie", AuthCookies.ACCESS + "=" + token))
                        .statusCode())
                .isEqualTo(401);
        assertThat(api.send(api.request("/auth/refresh")
                                .header("Cookie", AuthCookies.REFRESH + "=" + token)
                                .header("Origin", "https://localhost:8443")
                                .POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void passwordChange_keepsTokens_unlessToldToEndThem() {
        String first = api.register("rekeyed");
        String token = make(first, Map.of()).get("token").asString();
        String second = TestApi.json(post(
                        "/auth/password",
                        Map.of("currentPassword", PASSWORD, "newPassword", "another good one"),
                        first))
                .get("accessToken")
                .asString();
        assertThat(get("/auth/me", token).statusCode()).isEqualTo(200);
        post(
                "/auth/password",
                Map.of("currentPassword", "another good one", "newPassword", "a third good one", "revokeTokens", true),
                second);
        assertThat(get("/auth/me", token).statusCode()).isEqualTo(401);
    }

    @Test
    void logins_areListed_andEnded() {
        String first = api.register("everywhere");
        String second = login("everywhere");
        String third = login("everywhere");
        JsonNode list = TestApi.json(get("/auth/logins", third));
        assertThat(list).hasSize(3);
        JsonNode current = null;
        String victim = "";
        for (JsonNode entry : list) {
            assertThat(entry.get("address").asString()).isEqualTo("127.0.0.1");
            current = entry.get("current").asBoolean() ? entry : current;
            victim = entry.get("current").asBoolean() ? victim : entry.get("id").asString();
        }
        assertThat(current).isNotNull();
        assertThat(delete("/auth/logins/" + victim, third)).isEqualTo(204);
        assertThat(List.of(
                        get("/auth/me", first).statusCode(),
                        get("/auth/me", second).statusCode()))
                .containsExactlyInAnyOrder(200, 401);
        assertThat(delete("/auth/logins", third)).isEqualTo(204);
        assertThat(get("/auth/me", first).statusCode()).isEqualTo(401);
        assertThat(get("/auth/me", second).statusCode()).isEqualTo(401);
        assertThat(get("/auth/me", third).statusCode()).isEqualTo(200);
    }

    private JsonNode make(String login, Map<String, ?> wanted) {
        HttpResponse<String> answer = post("/auth/tokens", wanted, login);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    private String login(String name) {
        return TestApi.json(api.post("/auth/login", Map.of("username", name, "password", PASSWORD)))
                .get("accessToken")
                .asString();
    }

    private static void assertForbidden(HttpResponse<String> answer, String named) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(TestApi.json(answer).get("code").asString()).isEqualTo("forbidden");
        assertThat(TestApi.json(answer).get("detail").asString()).contains(named);
    }

    private HttpResponse<String> get(String path, String token) {
        return api.send(api.request(path).header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> post(String path, Map<String, ?> body, String token) {
        return api.send(api.jsonRequest(path, body).header("Authorization", "Bearer " + token));
    }

    private int delete(String path, String token) {
        return api.send(api.request(path)
                        .header("Authorization", "Bearer " + token)
                        .DELETE())
                .statusCode();
    }
}
