package dev.oriel.api.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each test comes from an address of its own, told by the trusted proxy that the tests are. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RateLimitsIT {
    private final TestApi api = ApiTestServers.startApi();

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void failedLogins_areLimitedByAccountAndAddress_notForTheOwnerElsewhere() {
        api.register("attacked");
        int refused = 0;
        for (int i = 0; i < 12; i++) {
            HttpResponse<String> answer = login("192.0.2.1", "attacked", "wrong password " + i);
            if (answer.statusCode() == 429) {
                refused++;
                long seconds = Long.parseLong(
                        answer.headers().firstValue("Retry-After").orElse("0"));
                assertThat(seconds).isBetween(1L, 7L);
                assertThat(TestApi.json(answer).get("code").asString()).isEqualTo("rate-limited");
            }
        }
        // One more may be allowed while the test runs: every six seconds.
        assertThat(refused).isBetween(1, 2);
        assertThat(login("192.0.2.2", "attacked", "a long enough password").statusCode())
                .isEqualTo(200);
    }

    /** From one address each, so that no other limit is met. */
    @Test
    void failedLoginsFromEverywhere_areLimitedTogether_butNotForAddressesKnown() {
        try (TestApi small = ApiTestServers.startApi(Map.of("oriel.limits.failed-logins-per-minute", "5"))) {
            small.register("at-home");
            assertThat(login(small, "198.51.100.200", "at-home", "a long enough password"))
                    .isEqualTo(200);
            int refused = 0;
            for (int i = 1; i <= 12; i++) {
                refused += login(small, "198.51.100." + i, "at-home", "wrong") == 429 ? 1 : 0;
            }
            assertThat(refused).isBetween(5, 7);
            assertThat(login(small, "198.51.100.200", "at-home", "a long enough password"))
                    .isEqualTo(200);
            assertThat(login(small, "198.51.100.200", "at-home", "wrong")).isEqualTo(401);
        }
    }

    private static int login(TestApi api, String address, String name, String password) {
        return api.send(api.jsonRequest("/auth/login", Map.of("username", name, "password", password))
                        .header("X-Forwarded-For", address))
                .statusCode();
    }

    @Test
    void rightPasswords_areNotCounted() {
        api.register("regular");
        for (int i = 0; i < 15; i++) {
            assertThat(login("192.0.2.3", "regular", "a long enough password").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void registrations_areLimitedByAddress() {
        int made = 0;
        for (int i = 0; i < 32; i++) {
            HttpRequest.Builder request = api.jsonRequest("/auth/register", Map.of("username", "x", "password", "x"))
                    .header("X-Forwarded-For", "192.0.2.4");
            made += api.send(request).statusCode() == 400 ? 1 : 0;
        }
        // One more may be allowed while the test runs.
        assertThat(made).isBetween(30, 31);
    }

    @Test
    void requests_areLimitedByAddress() {
        int refused = 0;
        for (int i = 0; i < 600 && refused == 0; i++) {
            HttpResponse<String> answer =
                    api.send(api.jsonRequest("/auth/login", Map.of()).header("X-Forwarded-For", "192.0.2.5"));
            refused += answer.statusCode() == 429 ? 1 : 0;
        }
        assertThat(refused).isEqualTo(1);
        assertThat(api.send(api.jsonRequest("/auth/login", Map.of()).header("X-Forwarded-For", "192.0.2.6"))
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void answers_tellHowManyMoreThereMayBe() {
        HttpResponse<String> first =
                api.send(api.jsonRequest("/auth/login", Map.of()).header("X-Forwarded-For", "192.0.2.77"));
        assertThat(first.headers().firstValue("RateLimit-Policy")).contains("\"requests\";q=200;w=4");
        assertThat(first.headers().firstValue("RateLimit")).contains("\"requests\";r=199;t=1");
        HttpResponse<String> last = first;
        for (int i = 0; i < 600 && last.statusCode() != 429; i++) {
            last = api.send(api.jsonRequest("/auth/login", Map.of()).header("X-Forwarded-For", "192.0.2.77"));
        }
        assertThat(last.headers().firstValue("RateLimit").orElse("")).startsWith("\"requests\";r=0;");
    }

    private HttpResponse<String> login(String address, String name, String password) {
        return api.send(api.jsonRequest("/auth/login", Map.of("username", name, "password", password))
                .header("X-Forwarded-For", address));
    }
}
