package dev.oriel.api.auth;

import dev.oriel.api.account.Seal;
import dev.oriel.api.auth.OidcProvider.Attempt;
import dev.oriel.core.json.OrielJson;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/**
 * What ties a provider's answer to the browser that asked for it: sealed in a cookie of ten minutes, kept nowhere else.
 * Thread-safe.
 */
@Component
class OidcAttempts {
    private static final String COOKIE = "__Host-oriel-oidc";
    private static final String PURPOSE = "sign-in elsewhere";
    private static final Duration LIFE = Duration.ofMinutes(10);

    private final Seal seal;
    private final Clock clock;

    OidcAttempts(Seal seal, Clock clock) {
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * A fresh one.
     *
     * @param next where to go afterwards
     * @param link the id of the account that the identity is to be linked to; empty for a sign-in
     */
    Attempt begin(String next, String link) {
        return Attempt.fresh(next, link, clock.instant().plus(LIFE));
    }

    /** Gives it to the browser. Not as a header of an entity: that would take the place of other cookies. */
    void remember(Attempt attempt, HttpServletResponse response) {
        set(response, seal.seal(PURPOSE, OrielJson.mapper().writeValueAsBytes(attempt)), LIFE);
    }

    void forget(HttpServletResponse response) {
        set(response, "", Duration.ZERO);
    }

    /** What this browser asked for; empty when it did not, or too long ago. */
    Optional<Attempt> of(HttpServletRequest request) {
        return Stream.ofNullable(request.getCookies())
                .flatMap(Arrays::stream)
                .filter(cookie -> cookie.getName().equals(COOKIE))
                .map(Cookie::getValue)
                .findFirst()
                .flatMap(text -> seal.open(PURPOSE, text))
                .flatMap(OidcAttempts::parsed)
                .filter(attempt -> attempt.expiresAt().isAfter(clock.instant()));
    }

    private static Optional<Attempt> parsed(byte[] json) {
        try {
            return Optional.ofNullable(OrielJson.mapper().readValue(json, Attempt.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static void set(HttpServletResponse response, String value, Duration age) {
        ResponseCookie cookie = ResponseCookie.from(COOKIE, value)
                .path("/")
                .secure(true)
                .httpOnly(true)
                .sameSite("Lax")
                .maxAge(age)
                .build();
        response.addHeader(HttpHeaders.SET_COOKIE, cookie.toString());
    }
}
