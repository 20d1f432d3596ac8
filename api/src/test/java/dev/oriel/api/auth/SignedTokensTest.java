package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SignedTokensTest {
    private static final String SECRET = "the secret of these tests, 0123456789";
    private static final String ISSUER = "https://localhost:8443";
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final UserId USER = UserId.random();
    private static final LoginId LOGIN = LoginId.random();
    private static final SignedTokens TOKENS = new SignedTokens("access", ISSUER, SECRET);
    private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"oriel-access+jwt\"}";
    private static final String CLAIMS = claims(ISSUER, "oriel-access", NOW, NOW, NOW.plusSeconds(600));

    @Test
    void ownToken_isGood() {
        String token = TOKENS.sign(USER, LOGIN, 7, NOW, Duration.ofMinutes(10));
        assertThat(TOKENS.verify(token, NOW))
                .contains(new SignedTokens.Grant(USER, LOGIN, 7, NOW.plus(Duration.ofMinutes(10))));
        assertThat(TOKENS.verify(jws(HEADER, CLAIMS, SECRET), NOW)).isPresent();
    }

    @Test
    void token_endsWithItsLifetime() {
        String token = TOKENS.sign(USER, LOGIN, 1, NOW, Duration.ofMinutes(10));
        assertThat(TOKENS.verify(token, NOW.plusSeconds(599))).isPresent();
        assertThat(TOKENS.verify(token, NOW.plusSeconds(600))).isEmpty();
    }

    @Test
    void signing_isRepeatable() {
        assertThat(TOKENS.sign(USER, LOGIN, 3, NOW, Duration.ofDays(1)))
                .isEqualTo(TOKENS.sign(USER, LOGIN, 3, NOW.plusMillis(900), Duration.ofDays(1)));
    }

    static Stream<String> forged() {
        String good = jws(HEADER, CLAIMS, SECRET);
        String[] parts = good.split("\\.", -1);
        return Stream.of(
                "",
                ".",
                "..",
                "...",
                good + ".",
                parts[0] + "." + parts[1] + ".",
                parts[0] + "." + parts[1],
                parts[0] + ".." + parts[2],
                unsigned("{\"alg\":\"none\",\"typ\":\"oriel-access+jwt\"}"),
                unsigned(HEADER),
                jws("{\"alg\":\"none\",\"typ\":\"oriel-access+jwt\"}", CLAIMS, SECRET),
                jws("{\"alg\":\"hs256\",\"typ\":\"oriel-access+jwt\"}", CLAIMS, SECRET),
                jws("{\"alg\":\"HS512\",\"typ\":\"oriel-access+jwt\"}", CLAIMS, SECRET),
                jws("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", CLAIMS, SECRET),
                jws("{\"alg\":\"HS256\",\"typ\":\"oriel-refresh+jwt\"}", CLAIMS, SECRET),
                jws("{\"alg\":\"HS256\",\"typ\":\"oriel-access+jwt\",\"kid\":\"../../dev/null\"}", CLAIMS, SECRET),
                jws("{\"alg\":\"HS256\",\"typ\":\"oriel-access+jwt\",\"crit\":[\"exp\"]}", CLAIMS, SECRET),
                jws("{\"alg\":\"HS256\",\"typ\":\"oriel-access+jwt\",\"jku\":\"https://evil.test\"}", CLAIMS, SECRET),
                jws("{\"typ\":\"oriel-access+jwt\",\"alg\":\"HS256\"}", CLAIMS, SECRET),
                jws(HEADER, CLAIMS, SECRET + "x"),
                jws(HEADER, CLAIMS, ""),
                jws(HEADER, claims("https://evil.test", "oriel-access", NOW, NOW, NOW.plusSeconds(600)), SECRET),
                jws(HEADER, claims(ISSUER, "oriel-refresh", NOW, NOW, NOW.plusSeconds(600)), SECRET),
                jws(HEADER, claims(ISSUER, "oriel-access", NOW.plusSeconds(60), NOW, NOW.plusSeconds(600)), SECRET),
                jws(HEADER, claims(ISSUER, "oriel-access", NOW, NOW.plusSeconds(60), NOW.plusSeconds(600)), SECRET),
                jws(HEADER, claims(ISSUER, "oriel-access", NOW, NOW, NOW), SECRET),
                jws(HEADER, "{}", SECRET),
                jws(HEADER, CLAIMS.replaceFirst("\"jti\":\"[^\"]*\"", "\"jti\":\"\""), SECRET),
                jws(HEADER, CLAIMS.replaceFirst("\"exp\":\\d+,", ""), SECRET),
                jws(HEADER, CLAIMS.replaceFirst("\"nbf\":\\d+,", ""), SECRET),
                jws(HEADER, CLAIMS.replaceFirst("\"iss\":\"[^\"]*\",", ""), SECRET),
                jws(HEADER, CLAIMS.replaceFirst("\"sub\":\"[^\"]*\",", ""), SECRET),
                jws(HEADER, CLAIMS.replace("{", "{\"role\":\"admin\","), SECRET),
                jws(HEADER, CLAIMS.replace("{", "{\"number\":1,"), SECRET),
                jws(HEADER, "x".repeat(5000), SECRET),
                good.substring(0, good.length() - 1) + "!",
                good + " ",
                good.substring(0, good.length() - 1) + (good.endsWith("A") ? "B" : "A"));
    }

    @ParameterizedTest
    @MethodSource
    void forged(String token) {
        assertThat(TOKENS.verify(token, NOW)).as(token).isEmpty();
    }

    @Test
    void kinds_doNotPassForEachOther_evenWithOneKey() {
        SignedTokens refresh = new SignedTokens("refresh", ISSUER, SECRET);
        assertThat(TOKENS.verify(refresh.sign(USER, LOGIN, 1, NOW, Duration.ofMinutes(1)), NOW))
                .isEmpty();
    }

    @Test
    void everySingleChangedCharacter_isNoticed() {
        String good = TOKENS.sign(USER, LOGIN, 1, NOW, Duration.ofMinutes(10));
        List<String> changed = java.util.stream.IntStream.range(0, good.length())
                .mapToObj(i -> good.substring(0, i) + (good.charAt(i) == 'A' ? 'B' : 'A') + good.substring(i + 1))
                .toList();
        assertThat(changed)
                .allSatisfy(token -> assertThat(TOKENS.verify(token, NOW)).isEmpty());
    }

    private static String claims(String issuer, String audience, Instant issued, Instant notBefore, Instant expires) {
        return "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"sid\":\"%s\",\"number\":1,\"iat\":%d,\"nbf\":%d,\"exp\":%d,\"jti\":\"a\"}"
                .formatted(
                        issuer,
                        audience,
                        USER,
                        LOGIN,
                        issued.getEpochSecond(),
                        notBefore.getEpochSecond(),
                        expires.getEpochSecond());
    }

    private static String unsigned(String header) {
        return base64(header) + "." + base64(CLAIMS) + ".";
    }

    static String jws(String header, String claims, String secret) {
        String signed = base64(header) + "." + base64(claims);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(
                    secret.isEmpty() ? new byte[1] : secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] signature = mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
