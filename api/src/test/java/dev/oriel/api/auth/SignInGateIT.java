package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignInGateIT {
    private static final String CHANGE = "{\"currentPassword\":\"wrong one here\",\"newPassword\":\"does not matter\"}";

    private final TestApi api = ApiTestServers.startApi(Map.of(
            "oriel.limits.logins-per-minute-per-address",
            "1000",
            "oriel.limits.logins-per-minute-per-account",
            "1000"));
    private final HttpResponse<String> login =
            api.post("/auth/register", Map.of("username", "gatekeeper", "password", "a long enough password"));
    private final String cookie = Cookies.pair(login, AuthCookies.ACCESS);

    @AfterAll
    void close() {
        api.close();
    }

    /** With a cookie: 401 means that it came through to the wrong password, 403 that the gate refused it. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "https://localhost:8443, -, bad-credentials",
                "https://localhost:8443, same-origin, bad-credentials",
                "-, same-origin, bad-credentials",
                "-, -, cross-site",
                "-, cross-site, cross-site",
                "-, same-site, cross-site",
                "-, none, cross-site",
                "https://evil.test, -, cross-site",
                "https://evil.test, same-origin, cross-site",
                "null, same-origin, cross-site"
            })
    void cookieAndUnsafeMethod_needProofOfOurPage(@Nullable String origin, @Nullable String site, String code) {
        HttpRequest.Builder request = json("/auth/password", CHANGE).header("Cookie", cookie);
        assertThat(code(with(request, origin, site))).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, bad-credentials",
                "https://localhost:8443, same-origin, bad-credentials",
                "https://evil.test, -, cross-site",
                "-, cross-site, cross-site",
                "null, -, cross-site"
            })
    void login_isOpenToPrograms_notToForeignPages(@Nullable String origin, @Nullable String site, String code) {
        HttpRequest.Builder request =
                json("/auth/login", "{\"username\":\"gatekeeper\",\"password\":\"wrong one here\"}");
        assertThat(code(with(request, origin, site))).isEqualTo(code);
    }

    @Test
    void logoutAndRefresh_byCookie_needProofToo() {
        for (String path : List.of("/auth/logout", "/auth/refresh")) {
            HttpRequest.Builder request = api.request(path)
                    .header("Cookie", Cookies.pair(login, AuthCookies.REFRESH))
                    .POST(BodyPublishers.noBody());
            assertThat(code(api.send(request))).as(path).isEqualTo("cross-site");
        }
    }

    @Test
    void bearer_needsNoProof() {
        HttpRequest.Builder request = json("/auth/password", CHANGE)
                .header(
                        "Authorization",
                        "Bearer " + TestApi.json(login).get("accessToken").asString())
                .header("Origin", "https://evil.test");
        assertThat(code(api.send(request))).isEqualTo("bad-credentials");
    }

    @Test
    void cookie_opensReading_withoutProof() {
        assertThat(api.send(api.request("/auth/me").header("Cookie", cookie)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void staleCookie_isTheSameAsNone() {
        HttpRequest.Builder page = api.request("/healthz").header("Cookie", AuthCookies.ACCESS + "=stale");
        assertThat(api.send(page).statusCode()).isEqualTo(200);
        HttpRequest.Builder me = api.request("/auth/me").header("Cookie", AuthCookies.ACCESS + "=stale");
        assertThat(api.send(me).statusCode()).isEqualTo(401);
    }

    @Test
    void forgedTokens_are401_withOneBody_howeverOftenTheyCome() {
        String good = TestApi.json(login).get("accessToken").asString();
        List<String> forged = List.of(
                "x",
                "a.b.c",
                good + "x",
                "x" + good,
                good.substring(0, good.lastIndexOf('.') + 1),
                "x".repeat(5000),
                Cookies.value(login, AuthCookies.REFRESH),
                SignedTokensTest.jws("{\"alg\":\"none\"}", "{}", "k"));
        Set<String> bodies = new TreeSet<>();
        for (int round = 0; round < 50; round++) {
            for (String token : forged) {
                HttpResponse<String> answer =
                        api.send(api.request("/auth/me").header("Authorization", "Bearer " + token));
                assertThat(answer.statusCode()).isEqualTo(401);
                bodies.add(answer.body().replaceAll("\"requestId\":\"[^\"]*\"", ""));
            }
        }
        HttpResponse<String> without = api.get("/auth/me");
        bodies.add(without.body().replaceAll("\"requestId\":\"[^\"]*\"", ""));
        assertThat(bodies).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "application/json, 401",
                "application/json;charset=UTF-8, 401",
                "Application/JSON, 401",
                "text/plain, 415",
                "application/x-www-form-urlencoded, 415",
                "multipart/form-data;boundary=x, 415",
                "application/jsonx, 415",
                "application/merge-patch+json, 415",
                "'text/plain;a=application/json', 415",
                "-, 415"
            })
    void bodies_areJson(@Nullable String type, int status) {
        HttpRequest.Builder request = api.request("/auth/login")
                .POST(BodyPublishers.ofString("{\"username\":\"gatekeeper\",\"password\":\"wrong one here\"}"));
        if (type != null) {
            request.header("Content-Type", type);
        }
        assertThat(api.send(request).statusCode()).isEqualTo(status);
    }

    private HttpRequest.Builder json(String path, String body) {
        return api.request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
    }

    private HttpResponse<String> with(HttpRequest.Builder request, @Nullable String origin, @Nullable String site) {
        if (origin != null) {
            request.header("Origin", origin);
        }
        if (site != null) {
            request.header("Sec-Fetch-Site", site);
        }
        return api.send(request);
    }

    private static String code(HttpResponse<String> answer) {
        return TestApi.json(answer).get("code").asString();
    }
}
