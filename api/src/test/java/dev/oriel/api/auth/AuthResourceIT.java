package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthResourceIT {
    private static final String ORIGIN = "https://localhost:8443";
    private static final String PASSWORD = "a long enough password";

    private final TestApi api = ApiTestServers.startApi(Map.of("oriel.limits.logins-per-minute-per-address", "1000"));

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void register_signsIn_withBothCookies_andATokenForPrograms() {
        HttpResponse<String> answer = register("Ann");
        assertThat(answer.statusCode()).isEqualTo(201);
        JsonNode body = TestApi.json(answer);
        assertThat(body.get("username").asString()).isEqualTo("Ann");
        assertThat(body.get("role").asString()).isEqualTo("user");
        assertThat(Cookies.header(answer, AuthCookies.ACCESS))
                .contains("Path=/;")
                .contains("Max-Age=600")
                .contains("Secure")
                .contains("HttpOnly")
                .contains("SameSite=Lax")
                .doesNotContain("Domain");
        assertThat(Cookies.header(answer, AuthCookies.REFRESH))
                .contains("Path=/api/auth;")
                .contains("Secure")
                .contains("HttpOnly")
                .contains("SameSite=Strict");
        assertThat(me(body.get("accessToken").asString()).statusCode()).isEqualTo(200);
    }

    @Test
    void accessToken_isOnlyInTheBody_whenJsonWasAskedFor() {
        register("bodyless");
        HttpResponse<String> answer = api.send(api.request("/auth/login")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"username\":\"bodyless\",\"password\":\"" + PASSWORD + "\"}")));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestApi.json(answer).has("accessToken")).isFalse();
        assertThat(Cookies.value(answer, AuthCookies.ACCESS)).isNotEmpty();
    }

    @Test
    void me_showsQuotaAndUsageAsPlainNumbers() {
        JsonNode me = TestApi.json(me(api.register("quotas")));
        assertThat(me.get("quota").get("runningVms").asInt()).isEqualTo(2);
        assertThat(me.get("quota").get("diskBytes").isIntegralNumber()).isTrue();
        assertThat(me.get("usage").get("runningVms").asInt()).isZero();
    }

    @Test
    void names_areUniqueWhateverTheirCaseOrForm() {
        register("Straße");
        assertThat(code(register("STRASSE"))).isEqualTo("name-in-use");
        register("bob-99");
        // Full-width letters.
        assertThat(code(register("ＢＯＢ-99"))).isEqualTo("name-in-use");
        assertThat(api.post("/auth/login", Map.of("username", "BOB-99", "password", PASSWORD))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void badFields_areAllNamed() {
        HttpResponse<String> answer =
                api.post("/auth/register", Map.of("username", "a b", "password", "short", "email", "none"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(TestApi.json(answer).get("errors").findValuesAsString("field"))
                .containsExactlyInAnyOrder("username", "password", "email");
    }

    @Test
    void passwords_thatEverybodyTries_areRefused() {
        for (String password : new String[] {"password1", "PassWord123", "aaaaaaaaaaa", "popular", "x".repeat(129)}) {
            assertThat(api.post("/auth/register", Map.of("username", "popular", "password", password))
                            .statusCode())
                    .as(password)
                    .isEqualTo(400);
        }
    }

    @Test
    void wrongPassword_andUnknownName_answerAlike() {
        register("known");
        HttpResponse<String> wrong = api.post("/auth/login", Map.of("username", "known", "password", "not this one"));
        HttpResponse<String> unknown = api.post("/auth/login", Map.of("username", "nobody", "password", PASSWORD));
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(withoutRequestId(wrong)).isEqualTo(withoutRequestId(unknown));
    }

    @Test
    void logout_killsAccessAndRefreshAtOnce() {
        HttpResponse<String> login = register("leaver");
        String access = TestApi.json(login).get("accessToken").asString();
        String cookies = Cookies.pair(login, AuthCookies.ACCESS) + "; " + Cookies.pair(login, AuthCookies.REFRESH);
        HttpResponse<String> logout = api.send(api.request("/auth/logout")
                .header("Cookie", cookies)
                .header("Origin", ORIGIN)
                .POST(BodyPublishers.noBody()));
        assertThat(logout.statusCode()).isEqualTo(204);
        assertThat(Cookies.header(logout, AuthCookies.ACCESS)).contains("Max-Age=0");
        assertThat(me(access).statusCode()).isEqualTo(401);
        assertThat(refresh(Cookies.pair(login, AuthCookies.REFRESH)).statusCode())
                .isEqualTo(401);
    }

    @Test
    void logout_byBearer_killsThatLogin() {
        String token = api.register("bearerleaver");
        assertThat(api.send(api.request("/auth/logout")
                                .header("Authorization", "Bearer " + token)
                                .POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(204);
        assertThat(me(token).statusCode()).isEqualTo(401);
    }

    @Test
    void changingThePassword_endsAllLogins_andStartsOne() {
        String first = api.register("changer");
        String second = TestApi.json(api.post("/auth/login", Map.of("username", "changer", "password", PASSWORD)))
                .get("accessToken")
                .asString();
        HttpResponse<String> changed = api.send(api.jsonRequest(
                        "/auth/password", Map.of("currentPassword", PASSWORD, "newPassword", "another good one"))
                .header("Authorization", "Bearer " + first));
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(me(first).statusCode()).isEqualTo(401);
        assertThat(me(second).statusCode()).isEqualTo(401);
        assertThat(me(TestApi.json(changed).get("accessToken").asString()).statusCode())
                .isEqualTo(200);
        assertThat(api.post("/auth/login", Map.of("username", "changer", "password", PASSWORD))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void firstStart_makesTheAdministrator() {
        HttpResponse<String> answer =
                api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestApi.json(answer).get("role").asString()).isEqualTo("admin");
    }

    @Test
    void bearer_isJudgedAlone_evenBesideAGoodCookie() {
        HttpResponse<String> login = register("both");
        HttpResponse<String> answer = api.send(api.request("/auth/me")
                .header("Cookie", Cookies.pair(login, AuthCookies.ACCESS))
                .header("Authorization", "Bearer not-a-token"));
        assertThat(answer.statusCode()).isEqualTo(401);
    }

    private HttpResponse<String> register(String name) {
        return api.post("/auth/register", Map.of("username", name, "password", PASSWORD));
    }

    private HttpResponse<String> me(String token) {
        return api.send(api.request("/auth/me").header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> refresh(String cookie) {
        return api.send(api.request("/auth/refresh")
                .header("Cookie", cookie)
                .header("Origin", ORIGIN)
                .POST(BodyPublishers.noBody()));
    }

    private static String code(HttpResponse<String> answer) {
        return TestApi.json(answer).get("code").asString();
    }

    private static String withoutRequestId(HttpResponse<String> answer) {
        return answer.body().replaceAll("\"requestId\":\"[^\"]*\"", "");
    }
}
