package dev.oriel.api.auth;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.json.OrielJson;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;

/**
 * Signs and checks one kind of token: a compact JWS (RFC 7515) with HS256 and nothing else. Each kind has its own key,
 * {@code typ} and {@code aud}, so none passes for another. The header is compared as text and never parsed: there is no
 * {@code alg}, {@code kid}, {@code jwk} or {@code crit} to be confused by. Thread-safe.
 */
final class SignedTokens {
    private static final int MAX_LENGTH = 4 << 10;
    private static final int MAX_KNOWN = 5_000;
    /** How far the clocks of two replicas may be apart. */
    private static final Duration LEEWAY = Duration.ofSeconds(5);

    private final String header;
    private final String issuer;
    private final String audience;
    private final SecretKeySpec key;
    /** What payloads say whose signature was good: parsed once, however often a token comes. */
    private final ConcurrentHashMap<String, Claims> known = new ConcurrentHashMap<>();

    /** {@code kind} is {@code access} or {@code refresh}. */
    SignedTokens(String kind, String issuer, String secret) {
        this.header =
                base64(("{\"alg\":\"HS256\",\"typ\":\"oriel-" + kind + "+jwt\"}").getBytes(StandardCharsets.US_ASCII));
        this.issuer = issuer;
        this.audience = "oriel-" + kind;
        this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
    }

    /** Everything a token says; all of it is required. Times are in seconds since 1970. */
    private record Claims(
            @JsonProperty(required = true) String iss,
            @JsonProperty(required = true) String aud,
            @JsonProperty(required = true) UserId sub,
            @JsonProperty(required = true) LoginId sid,
            @JsonProperty(required = true) int number,
            @JsonProperty(required = true) long iat,
            @JsonProperty(required = true) long nbf,
            @JsonProperty(required = true) long exp,
            @JsonProperty(required = true) String jti) {}

    /**
     * What a good token stands for.
     *
     * @param number counts the refresh tokens of one login
     */
    record Grant(UserId user, LoginId login, int number, Instant expiresAt) {}

    /** The same arguments give the same token, byte for byte. */
    String sign(UserId user, LoginId login, int number, Instant issuedAt, Duration lifetime) {
        long issued = issuedAt.getEpochSecond();
        Claims claims = new Claims(
                issuer,
                audience,
                user,
                login,
                number,
                issued,
                issued,
                issued + lifetime.toSeconds(),
                login + "." + number + "." + issued);
        String signed = header + "." + base64(OrielJson.mapper().writeValueAsBytes(claims));
        return signed + "." + base64(mac(signed));
    }

    /** Empty for anything that is not exactly a token of this kind, signed by this key and valid now. */
    Optional<Grant> verify(String token, Instant now) {
        if (token.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3 || !parts[0].equals(header)) {
            return Optional.empty();
        }
        try {
            byte[] signature = Base64.getUrlDecoder().decode(parts[2]);
            boolean canonical = base64(signature).equals(parts[2]);
            if (!canonical || !MessageDigest.isEqual(signature, mac(parts[0] + "." + parts[1]))) {
                return Optional.empty();
            }
            Claims claims = claims(parts[1]);
            return valid(claims, now)
                    ? Optional.of(new Grant(claims.sub, claims.sid, claims.number, Instant.ofEpochSecond(claims.exp)))
                    : Optional.empty();
        } catch (IllegalArgumentException | JacksonException e) {
            return Optional.empty();
        }
    }

    private Claims claims(String payload) {
        Claims before = known.get(payload);
        if (before != null) {
            return before;
        }
        Claims claims = OrielJson.mapper().readValue(Base64.getUrlDecoder().decode(payload), Claims.class);
        if (known.size() >= MAX_KNOWN) {
            known.clear();
        }
        known.put(payload, claims);
        return claims;
    }

    private boolean valid(Claims claims, Instant now) {
        Instant latestStart = now.plus(LEEWAY);
        return claims.iss.equals(issuer)
                && claims.aud.equals(audience)
                && !claims.jti.isEmpty()
                && !Instant.ofEpochSecond(claims.iat).isAfter(latestStart)
                && !Instant.ofEpochSecond(claims.nbf).isAfter(latestStart)
                && Instant.ofEpochSecond(claims.exp).isAfter(now);
    }

    private byte[] mac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC-SHA256", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
