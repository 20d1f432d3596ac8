package dev.oriel.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminIT {
    private static final String PASSWORD = "a long enough password";
    private static final Pattern NEXT = Pattern.compile("</api(/[^>]*)>; rel=\"next\"");

    private final TestApi api = ApiTestServers.startApi(Map.of(
            "oriel.limits.logins-per-minute-per-address", "1000",
            "oriel.limits.request-burst", "5000"));
    private final String admin = login("admin", "password of admin in tests");

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void plainUsers_andOperators_areRefused() {
        String user = api.register("plain");
        JsonNode operator = make(Map.of("username", "operator-1", "password", PASSWORD, "role", "operator"));
        assertThat(operator.get("user").get("role").asString()).isEqualTo("operator");
        for (String token : List.of(user, login("operator-1", PASSWORD))) {
            for (String path : List.of("/admin/users", "/admin/invitations", "/admin/audit", "/admin/audit/csv")) {
                assertThat(get(path, token).statusCode()).as(path).isEqualTo(403);
            }
        }
        assertThat(api.get("/admin/users").statusCode()).isEqualTo(401);
    }

    @Test
    void users_areListedInPages_eachOnce() {
        for (int i = 0; i < 7; i++) {
            make(Map.of("username", "walker-" + i));
        }
        List<String> names = new ArrayList<>();
        String path = "/admin/users?limit=3&q=WALKER";
        for (int pages = 0; pages < 10 && path != null; pages++) {
            HttpResponse<String> answer = get(path, admin);
            TestApi.json(answer).forEach(user -> names.add(user.get("username").asString()));
            Matcher next = NEXT.matcher(answer.headers().firstValue("Link").orElse(""));
            path = next.matches() ? next.group(1) : null;
        }
        assertThat(names)
                .containsExactly("walker-0", "walker-1", "walker-2", "walker-3", "walker-4", "walker-5", "walker-6");
        assertThat(get("/admin/users?after=%00", admin).statusCode()).isEqualTo(400);
        assertThat(get("/admin/users?limit=0", admin).statusCode()).isEqualTo(400);
    }

    @Test
    void madeUp_password_isShownOnce_andWorks() {
        JsonNode made = make(Map.of("username", "invited"));
        String password = made.get("password").asString();
        assertThat(login("invited", password)).isNotEmpty();
        assertThat(get("/admin/users/" + id(made), admin).body()).doesNotContain(password);
    }

    @Test
    void disabled_account_isOut_atOnce_withItsTokens_andComesBackByPassword() {
        JsonNode made = make(Map.of("username", "blocked", "password", PASSWORD));
        String login = login("blocked", PASSWORD);
        String token =
                TestApi.json(post("/auth/tokens", Map.of(), login)).get("token").asString();
        assertThat(get("/auth/me", token).statusCode()).isEqualTo(200);
        assertThat(patch(id(made), Map.of("disabled", true)).statusCode()).isEqualTo(200);
        assertThat(get("/auth/me", login).statusCode()).isEqualTo(401);
        assertThat(get("/auth/me", token).statusCode()).isEqualTo(401);
        HttpResponse<String> refused = api.post("/auth/login", Map.of("username", "blocked", "password", PASSWORD));
        assertThat(refused.statusCode()).isEqualTo(401);
        patch(id(made), Map.of("disabled", false));
        assertThat(get("/auth/me", login("blocked", PASSWORD)).statusCode()).isEqualTo(200);
    }

    @Test
    void quota_isSet_andGivenBackToTheDefault() {
        JsonNode made = make(Map.of("username", "hungry", "password", PASSWORD));
        String login = login("hungry", PASSWORD);
        patch(id(made), Map.of("quota", Map.of("runningVms", 7, "diskBytes", 1_000_000_000_000L)));
        JsonNode quota = TestApi.json(get("/auth/me", login)).get("quota");
        assertThat(quota.get("runningVms").asInt()).isEqualTo(7);
        assertThat(quota.get("diskBytes").asLong()).isEqualTo(1_000_000_000_000L);
        assertThat(quota.get("vcpus").asInt()).isEqualTo(8);
        HttpResponse<String> back = send("PATCH", "/admin/users/" + id(made), "{\"quota\":{\"runningVms\":null}}");
        assertThat(TestApi.json(back).get("quota").get("runningVms").asInt()).isEqualTo(2);
        assertThat(patch(id(made), Map.of("quota", Map.of("wishes", 3))).statusCode())
                .isEqualTo(400);
        assertThat(patch(id(made), Map.of("quota", Map.of("vcpus", -1))).statusCode())
                .isEqualTo(400);
    }

    @Test
    void resetPassword_endsEverything() {
        JsonNode made = make(Map.of("username", "forgetful", "password", PASSWORD));
        String login = login("forgetful", PASSWORD);
        JsonNode reset = TestApi.json(post("/admin/users/" + id(made) + "/password", Map.of(), admin));
        assertThat(get("/auth/me", login).statusCode()).isEqualTo(401);
        assertThat(login("forgetful", reset.get("password").asString())).isNotEmpty();
    }

    @Test
    void lastAdministrator_stays() {
        String id = TestApi.json(get("/auth/me", admin)).get("id").asString();
        assertThat(patch(id, Map.of("role", "user")).statusCode()).isEqualTo(409);
        assertThat(patch(id, Map.of("disabled", true)).statusCode()).isEqualTo(409);
        assertThat(TestApi.json(get("/auth/me", admin)).get("role").asString()).isEqualTo("admin");
    }

    @Test
    void nobody_is404() {
        String nobody = UUID.randomUUID().toString();
        assertThat(get("/admin/users/" + nobody, admin).statusCode()).isEqualTo(404);
        assertThat(patch(nobody, Map.of("disabled", true)).statusCode()).isEqualTo(404);
        assertThat(post("/admin/users/" + nobody + "/password", Map.of(), admin).statusCode())
                .isEqualTo(404);
    }

    @Test
    void audit_knowsWhoDidWhat_andCanBeTakenAway() {
        JsonNode made = make(Map.of("username", "watched", "password", PASSWORD));
        api.post("/auth/login", Map.of("username", "watched", "password", "not this one"));
        login("watched", PASSWORD);
        patch(id(made), Map.of("role", "operator"));
        JsonNode log = TestApi.json(get("/admin/audit?user=" + id(made), admin));
        List<String> acts = new ArrayList<>();
        log.forEach(entry -> acts.add(entry.get("act").asString()));
        assertThat(acts).containsExactly("account-changed", "login-started", "login-refused", "account-made");
        assertThat(log.get(0).get("actor").asString()).isEqualTo("admin");
        assertThat(log.get(0).get("detail").asString()).contains("role operator");
        assertThat(log.get(2).get("address").asString()).isEqualTo("127.0.0.1");
        HttpResponse<String> csv = get("/admin/audit/csv", admin);
        assertThat(csv.headers().firstValue("Content-Type").orElse("")).startsWith("text/csv");
        assertThat(csv.body()).startsWith("id,at,act,").contains("account-changed,admin,watched,127.0.0.1");
        assertThat(get("/admin/audit?act=dancing", admin).statusCode()).isEqualTo(400);
    }

    @Test
    void audit_knowsWhatWasLetOutAndWhatWasKeptOut() {
        JsonNode made = make(Map.of("username", "watched-too", "password", PASSWORD));
        String token = login("watched-too", PASSWORD);
        String webhook = TestApi.json(post("/webhooks", Map.of("url", "https://1.1.1.1/token-in-the-path"), token))
                .get("id")
                .asString();
        api.send(api.request("/webhooks/" + webhook)
                .header("Authorization", "Bearer " + token)
                .DELETE());
        HttpResponse<String> image = api.send(api.request("/post")
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString("--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\niso\r\n--b"
                        + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"no.iso\"\r\n\r\nno disc\r\n"
                        + "--b--\r\n")));
        assertThat(image.statusCode()).as(image.body()).isEqualTo(422);
        JsonNode log = TestApi.json(get("/admin/audit?user=" + id(made), admin));
        List<String> acts = new ArrayList<>();
        log.forEach(entry -> acts.add(entry.get("act").asString()));
        assertThat(acts)
                .containsExactly("image-refused", "webhook-deleted", "webhook-made", "login-started", "account-made");
        assertThat(log.get(0).get("detail").asString()).startsWith("no.iso: ");
        assertThat(log.get(2).get("detail").asString()).contains("1.1.1.1").doesNotContain("token-in-the-path");
    }

    private JsonNode make(Map<String, ?> user) {
        HttpResponse<String> answer = post("/admin/users", user, admin);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return TestApi.json(answer);
    }

    private static String id(JsonNode made) {
        return made.get("user").get("id").asString();
    }

    private String login(String name, String password) {
        HttpResponse<String> answer = api.post("/auth/login", Map.of("username", name, "password", password));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestApi.json(answer).get("accessToken").asString();
    }

    private HttpResponse<String> get(String path, String token) {
        return api.send(api.request(path).header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> post(String path, Map<String, ?> body, String token) {
        return api.send(api.jsonRequest(path, body).header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> patch(String id, Map<String, ?> body) {
        HttpRequest.Builder request = api.jsonRequest("/admin/users/" + id, body);
        return api.send(request.method("PATCH", request.build().bodyPublisher().orElseThrow())
                .header("Authorization", "Bearer " + admin));
    }

    private HttpResponse<String> send(String method, String path, String body) {
        return api.send(api.request(path)
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + admin)
                .method(method, BodyPublishers.ofString(body)));
    }
}
