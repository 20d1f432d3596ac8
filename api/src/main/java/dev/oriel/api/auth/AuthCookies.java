package dev.oriel.api.auth;

import dev.oriel.api.ApiConfig;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;

/** The two cookies of a login. Their prefixes make browsers insist on HTTPS, and the first on this very host. */
final class AuthCookies {
    static final String ACCESS = "__Host-oriel-access";
    static final String REFRESH = "__Secure-oriel-refresh";

    /** As the browser sees it: the front door's prefix and the resource's path. */
    static final String REFRESH_PATH = ApiConfig.PUBLIC_PREFIX + "/auth";

    private AuthCookies() {}

    static void set(HttpServletResponse response, Logins.Tokens tokens) {
        add(response, access(tokens.access(), Logins.ACCESS_LIFETIME));
        add(response, refresh(tokens.refresh(), Logins.REFRESH_LIFETIME));
    }

    static void clear(HttpServletResponse response) {
        add(response, access("", Duration.ZERO));
        add(response, refresh("", Duration.ZERO));
    }

    static Optional<String> access(HttpServletRequest request) {
        return find(request, ACCESS);
    }

    static Optional<String> refresh(HttpServletRequest request) {
        return find(request, REFRESH);
    }

    private static ResponseCookie access(String value, Duration age) {
        return ResponseCookie.from(ACCESS, value)
                .path("/")
                .secure(true)
                .httpOnly(true)
                .sameSite("Lax")
                .maxAge(age)
                .build();
    }

    private static ResponseCookie refresh(String value, Duration age) {
        return ResponseCookie.from(REFRESH, value)
                .path(REFRESH_PATH)
                .secure(true)
                .httpOnly(true)
                .sameSite("Strict")
                .maxAge(age)
                .build();
    }

    private static void add(HttpServletResponse response, ResponseCookie cookie) {
        response.addHeader(HttpHeaders.SET_COOKIE, cookie.toString());
    }

    private static Optional<String> find(HttpServletRequest request, String name) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(name) && !cookie.getValue().isEmpty()) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }
}
