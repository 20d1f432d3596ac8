package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.net.http.HttpResponse;
import java.security.InvalidKeyException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecondFactorIT {
    private static final String PASSWORD = "a long enough password";
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private final TestApi api = ApiTestServers.startApi(Map.of("oriel.limits.logins-per-minute-per-address", "1000"));

    @AfterAll
    void close() {
        api.close();
    }

    @Test
    void passwordAlone_isNotEnough_andEachCodeWorksOnce() {
        String token = api.register("careful");
        JsonNode setup = TestApi.json(post("/auth/second-factor", Map.of("password", PASSWORD), token));
        assertThat(setup.get("uri").asString())
                .isEqualTo("otpauth://totp/Oriel%3Acareful?secret="
                        + setup.get("secret").asString() + "&issuer=Oriel");
        assertThat(setup.get("svg").asString()).startsWith("<svg");
        // Until it is confirmed, nothing is asked for.
        assertThat(login("careful", null).statusCode()).isEqualTo(200);
        String first = code(setup, -30);
        List<String> recovery = confirm(token, first);
        assertThat(recovery).hasSize(10).doesNotHaveDuplicates();

        assertThat(problem(login("careful", null))).isEqualTo("second-factor-required");
        assertThat(problem(login("careful", "000000"))).isEqualTo("bad-credentials");
        assertThat(problem(login("careful", first))).isEqualTo("bad-credentials");
        String now = code(setup, 0);
        assertThat(login("careful", now).statusCode()).isEqualTo(200);
        assertThat(problem(login("careful", now))).isEqualTo("bad-credentials");
        // Somebody who does not know the password learns nothing of it.
        assertThat(problem(api.post("/auth/login", Map.of("username", "careful", "password", "not this one"))))
                .isEqualTo("bad-credentials");

        String code = recovery.getFirst().toLowerCase(Locale.ROOT).replace("-", " ");
        assertThat(login("careful", code).statusCode()).isEqualTo(200);
        assertThat(problem(login("careful", code))).isEqualTo("bad-credentials");
        assertThat(TestApi.json(get("/auth/second-factor", token))
                        .get("recoveryCodesLeft")
                        .asInt())
                .isEqualTo(9);
        String stored = api.bean(JdbcClient.class)
                .sql("SELECT string_agg(code_hash, ' ') FROM recovery_code")
                .query(String.class)
                .single();
        assertThat(stored).doesNotContain(recovery.get(1));
        assertThat(post("/auth/second-factor/off", Map.of("code", recovery.get(1)), token)
                        .statusCode())
                .isEqualTo(204);
        assertThat(login("careful", null).statusCode()).isEqualTo(200);
    }

    @Test
    void secret_isSealed_andOneOfOldTimesIsSealedAtTheNextStart() {
        String token = api.register("sealed");
        JsonNode setup = TestApi.json(post("/auth/second-factor", Map.of("password", PASSWORD), token));
        confirm(token, code(setup, -30));
        JdbcClient sql = api.bean(JdbcClient.class);
        assertThat(secretOf("sealed")).startsWith("v1.");
        byte[] plain = key(setup);
        sql.sql(
                        "UPDATE second_factor SET secret = :plain WHERE account_id = (SELECT id FROM account WHERE username = 'sealed')")
                .param("plain", java.util.Base64.getEncoder().encodeToString(plain))
                .update();
        api.bean(SecondFactor.class).afterPropertiesSet();
        assertThat(secretOf("sealed"))
                .startsWith("v1.")
                .doesNotContain(java.util.Base64.getEncoder().encodeToString(plain));
        assertThat(login("sealed", code(setup, 0)).statusCode()).isEqualTo(200);
    }

    private String secretOf(String username) {
        return api.bean(JdbcClient.class)
                .sql("SELECT secret FROM second_factor JOIN account ON id = account_id WHERE username = :name")
                .param("name", username)
                .query(String.class)
                .single();
    }

    @Test
    void beginning_needsThePassword_andAnApiTokenCannot() {
        String token = api.register("walked-away");
        assertThat(problem(post("/auth/second-factor", Map.of("password", "not this one"), token)))
                .isEqualTo("bad-credentials");
        String apiToken =
                TestApi.json(post("/auth/tokens", Map.of(), token)).get("token").asString();
        assertThat(post("/auth/second-factor", Map.of("password", PASSWORD), apiToken)
                        .statusCode())
                .isEqualTo(403);
        assertThat(post("/auth/second-factor/confirm", Map.of("code", "123456"), token)
                        .statusCode())
                .isEqualTo(409);
        assertThat(post("/auth/second-factor/off", Map.of("code", "123456"), token)
                        .statusCode())
                .isEqualTo(409);
    }

    @Test
    void tries_areFew_fromWherever() {
        String token = api.register("guessed");
        JsonNode setup = TestApi.json(post("/auth/second-factor", Map.of("password", PASSWORD), token));
        confirm(token, code(setup, -30));
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            statuses.add(api.send(api.jsonRequest(
                                    "/auth/login",
                                    Map.of("username", "guessed", "password", PASSWORD, "code", "00000" + i % 10))
                            .header("X-Forwarded-For", "192.0.2." + i))
                    .statusCode());
        }
        assertThat(statuses).contains(429);
        assertThat(statuses.indexOf(429)).isLessThanOrEqualTo(8);
    }

    @Test
    void administrator_takesItAway_fromSomebodyWhoLostIt() {
        String token = api.register("lost-phone");
        JsonNode setup = TestApi.json(post("/auth/second-factor", Map.of("password", PASSWORD), token));
        confirm(token, code(setup, 0));
        String admin = TestApi.json(
                        api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
                .get("accessToken")
                .asString();
        String id = TestApi.json(get("/auth/me", token)).get("id").asString();
        assertThat(delete("/admin/users/" + id + "/second-factor", token)).isEqualTo(403);
        assertThat(delete("/admin/users/" + id + "/second-factor", admin)).isEqualTo(204);
        assertThat(delete("/admin/users/" + id + "/second-factor", admin)).isEqualTo(404);
        assertThat(login("lost-phone", null).statusCode()).isEqualTo(200);
    }

    private List<String> confirm(String token, String code) {
        HttpResponse<String> answer = post("/auth/second-factor/confirm", Map.of("code", code), token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<String> codes = new ArrayList<>();
        TestApi.json(answer).get("recoveryCodes").forEach(it -> codes.add(it.asString()));
        return codes;
    }

    private HttpResponse<String> login(String name, @org.jspecify.annotations.Nullable String code) {
        Map<String, String> body = new HashMap<>(Map.of("username", name, "password", PASSWORD));
        if (code != null) {
            body.put("code", code);
        }
        return api.post("/auth/login", body);
    }

    /** What an app shows that reads the secret from its text, as RFC 4648 has it. */
    private static String code(JsonNode setup, int secondsFromNow) {
        try {
            return new TimeBasedOneTimePasswordGenerator(Duration.ofSeconds(30))
                    .generateOneTimePasswordString(
                            new SecretKeySpec(key(setup), "HmacSHA1"),
                            Instant.now().plusSeconds(secondsFromNow));
        } catch (InvalidKeyException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] key(JsonNode setup) {
        String text = setup.get("secret").asString();
        byte[] secret = new byte[text.length() * 5 / 8];
        for (int bit = 0; bit < secret.length * 8; bit++) {
            int value = ALPHABET.indexOf(text.charAt(bit / 5));
            if ((value >> (4 - bit % 5) & 1) == 1) {
                secret[bit / 8] |= (byte) (0x80 >> bit % 8);
            }
        }
        return secret;
    }

    private static String problem(HttpResponse<String> answer) {
        return TestApi.json(answer).path("code").asString("none");
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
