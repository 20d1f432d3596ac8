package dev.oriel.host.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * The per-host secret that the API service must send as bearer token. Digests are compared, in constant time, so
 * neither content nor length of the secret shows in the time an answer takes. Immutable.
 */
final class BearerSecret {
    private static final String SCHEME = "Bearer ";

    private final byte[] expected;

    BearerSecret(String secret) {
        this.expected = digest(secret);
    }

    /** Passes when {@code authorization} carries the secret; else {@code UNAUTHENTICATED}. */
    void check(Optional<String> authorization) {
        String given = authorization
                .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(value -> value.substring(SCHEME.length()).strip())
                .orElse("");
        if (!MessageDigest.isEqual(expected, digest(given))) {
            throw new OrielException(ErrorCode.UNAUTHENTICATED, "send this host's secret as a bearer token");
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
