package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.http.AccessLog;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * Finds out on whose behalf a request runs. An {@code Authorization: Bearer} decides alone; else the access cookie does,
 * and a stale cookie is the same as none. Thread-safe.
 */
@Component
class Callers {
    private static final String ATTRIBUTE = Callers.class.getName();
    private static final String BEARER = "bearer ";

    private final Logins logins;
    private final ApiTokens tokens;

    Callers(Logins logins, ApiTokens tokens) {
        this.logins = logins;
        this.tokens = tokens;
    }

    /**
     * The caller, asked for once per request.
     *
     * @throws dev.oriel.core.error.OrielException unauthenticated, when there is a Bearer token and it is not good
     */
    Optional<Caller> find(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof Caller known) {
            return Optional.of(known);
        }
        String bearer = bearer(request);
        Optional<Caller> caller = bearer != null
                ? Optional.of(byBearer(bearer).orElseThrow(Logins::unauthenticated))
                : AuthCookies.access(request).flatMap(logins::caller);
        caller.ifPresent(found -> {
            request.setAttribute(ATTRIBUTE, found);
            request.setAttribute(AccessLog.ACCOUNT, found.id().toString());
        });
        return caller;
    }

    /** From here on the request runs on behalf of {@code caller}. */
    void actAs(HttpServletRequest request, Caller caller) {
        request.setAttribute(ATTRIBUTE, caller);
    }

    /** API tokens come this way only: a cookie never holds one. */
    private Optional<Caller> byBearer(String token) {
        return ApiTokens.looksLike(token) ? tokens.caller(token) : logins.caller(token);
    }

    /** The token of an {@code Authorization: Bearer} header; null when there is no such header. */
    static @Nullable String bearer(HttpServletRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        boolean bearer = header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length());
        return bearer ? header.substring(BEARER.length()).strip() : null;
    }
}
