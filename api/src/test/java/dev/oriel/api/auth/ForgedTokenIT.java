package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Forged tokens, over the wire and by every way in: 401 with one and the same body, however often they come. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForgedTokenIT {
    private final TestApi api = ApiTestServers.startApi();
    private final HttpResponse<String> login =
            api.post("/auth/register", Map.of("username", "victim", "password", "a long enough password"));
    private final String access = TestApi.json(login).get("accessToken").asString();
    private final String refresh = Cookies.value(login, AuthCookies.REFRESH);
    private final String apiToken = apiToken();

    @AfterAll
    void close() {
        api.close();
    }

    private String apiToken() {
        JsonNode made = TestApi.json(
                api.send(api.jsonRequest("/auth/tokens", Map.of()).header("Authorization", "Bearer " + access)));
        return made.get("token").asString();
    }

    /** Those of the unit test, with broken relatives of tokens that are good on this very server. */
    private List<String> forged() {
        List<String> forged = new ArrayList<>(SignedTokensTest.forged()
                .filter(token -> !token.isBlank() && token.chars().allMatch(c -> c > 0x20 && c < 0x7f))
                .toList());
        forged.addAll(List.of(
                refresh,
                access.substring(0, access.length() - 2) + "AA",
                access.replaceFirst("^[^.]*", "eyJhbGciOiJub25lIn0"),
                access.substring(0, access.lastIndexOf('.') + 1),
                apiToken.substring(0, apiToken.length() - 1) + (apiToken.endsWith("A") ? "B" : "A"),
                apiToken.toUpperCase(java.util.Locale.ROOT),
                apiToken + "A",
                "oriel_",
                "oriel_" + "A".repeat(43),
                "oriel_" + "A".repeat(4096)));
        return forged;
    }

    @Test
    void asBearer_allAnswerAlike_andNever429() {
        List<String> forged = forged();
        assertThat(forged).hasSizeGreaterThanOrEqualTo(35);
        Set<String> answers = new HashSet<>();
        // More of them than the rate limit's burst.
        for (int round = 0; round * forged.size() < 300; round++) {
            for (String token : forged) {
                HttpResponse<String> answer =
                        api.send(api.request("/auth/me").header("Authorization", "Bearer " + token));
                answers.add(answer.statusCode() + withoutId(answer));
            }
        }
        assertThat(answers).hasSize(1).allMatch(answer -> answer.startsWith("401"));
    }

    @Test
    void asCookie_noneOpens() {
        for (String token : forged()) {
            assertThat(api.send(api.request("/auth/me").header("Cookie", AuthCookies.ACCESS + "=" + token))
                            .statusCode())
                    .as(token)
                    .isEqualTo(401);
        }
    }

    @Test
    void asRefreshCookie_noneIsExchanged() {
        List<String> forged = new ArrayList<>(forged());
        forged.remove(refresh);
        forged.add(access);
        forged.add(apiToken);
        for (String token : forged) {
            assertThat(api.send(api.request("/auth/refresh")
                                    .header("Cookie", AuthCookies.REFRESH + "=" + token)
                                    .header("Origin", "https://localhost:8443")
                                    .POST(BodyPublishers.noBody()))
                            .statusCode())
                    .as(token)
                    .isEqualTo(401);
        }
    }

    private static String withoutId(HttpResponse<String> answer) {
        return answer.body().replaceAll("\"requestId\":\"[^\"]*\"", "");
    }
}
