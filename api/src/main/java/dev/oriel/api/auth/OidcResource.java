package dev.oriel.api.auth;

import dev.oriel.api.account.Account;
import dev.oriel.api.account.Seal;
import dev.oriel.api.auth.OidcProvider.Attempt;
import dev.oriel.api.http.ClientAddress;
import dev.oriel.api.http.Public;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.json.OrielJson;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.JacksonException;

/**
 * {@code /auth/oidc}: signing in at an OpenID provider. What ties its answer to this browser lies sealed in a cookie of
 * ten minutes: nothing is kept here, and nobody is signed in by an answer that their browser did not ask for.
 */
@Public
@RestController
@RequestMapping("/auth/oidc")
class OidcResource {
    private static final Logger LOG = LoggerFactory.getLogger(OidcResource.class);
    private static final String COOKIE = "__Host-oriel-oidc";
    private static final String PURPOSE = "sign-in elsewhere";
    private static final Duration LIFE = Duration.ofMinutes(10);
    private static final String LOGIN = "/pages/login";

    private final OidcProvider provider;
    private final OidcSignIn signIn;
    private final Logins logins;
    private final AuthMetrics metrics;
    private final ClientAddress addresses;
    private final Seal seal;
    private final Clock clock;

    OidcResource(
            OidcProvider provider,
            OidcSignIn signIn,
            Logins logins,
            AuthMetrics metrics,
            ClientAddress addresses,
            Seal seal,
            Clock clock) {
        this.provider = provider;
        this.signIn = signIn;
        this.logins = logins;
        this.metrics = metrics;
        this.addresses = addresses;
        this.seal = seal;
        this.clock = clock;
    }

    @GetMapping("/start")
    ResponseEntity<Void> start(@RequestParam(required = false) @Nullable String next, HttpServletResponse response) {
        provider.config();
        Attempt attempt =
                Attempt.fresh(next == null ? "" : next, clock.instant().plus(LIFE));
        try {
            URI address = provider.address(attempt);
            String sealed = seal.seal(PURPOSE, OrielJson.mapper().writeValueAsBytes(attempt));
            response.addHeader(HttpHeaders.SET_COOKIE, cookie(sealed, LIFE).toString());
            return to(address.toString());
        } catch (OrielException e) {
            LOG.warn("Nobody can sign in elsewhere now: {}", e.getMessage());
            return to(LOGIN + "?failed");
        }
    }

    @GetMapping("/callback")
    ResponseEntity<Void> callback(
            @RequestParam(required = false) @Nullable String code,
            @RequestParam(required = false) @Nullable String state,
            HttpServletRequest request,
            HttpServletResponse response) {
        provider.config();
        // Not as a header of the entity: that would take the place of the cookies of the login.
        response.addHeader(HttpHeaders.SET_COOKIE, cookie("", Duration.ZERO).toString());
        Optional<Attempt> attempt = attempt(request).filter(asked -> same(asked.state(), state));
        if (attempt.isEmpty() || code == null) {
            metrics.refused();
            return to(LOGIN + "?failed");
        }
        try {
            Account account = signIn.account(provider.identify(attempt.get(), code));
            String agent = Optional.ofNullable(request.getHeader(HttpHeaders.USER_AGENT))
                    .orElse("");
            AuthCookies.set(response, logins.start(account.id(), addresses.of(request), agent));
            metrics.signedIn();
        } catch (OrielException e) {
            LOG.info("A sign-in elsewhere is refused: {}", e.code().slug());
            metrics.refused();
            return to(LOGIN + "?failed");
        }
        // The login page sends whoever is signed in where they wanted to go, if that is a page of ours.
        String next = URLEncoder.encode(attempt.get().next(), StandardCharsets.UTF_8);
        return to(LOGIN + "?next=" + next);
    }

    private Optional<Attempt> attempt(HttpServletRequest request) {
        return Stream.ofNullable(request.getCookies())
                .flatMap(Arrays::stream)
                .filter(cookie -> cookie.getName().equals(COOKIE))
                .map(Cookie::getValue)
                .findFirst()
                .flatMap(text -> seal.open(PURPOSE, text))
                .flatMap(OidcResource::parsed)
                .filter(attempt -> attempt.expiresAt().isAfter(clock.instant()));
    }

    private static Optional<Attempt> parsed(byte[] json) {
        try {
            return Optional.ofNullable(OrielJson.mapper().readValue(json, Attempt.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static boolean same(String expected, @Nullable String given) {
        return given != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    private static ResponseCookie cookie(String value, Duration age) {
        return ResponseCookie.from(COOKIE, value)
                .path("/")
                .secure(true)
                .httpOnly(true)
                .sameSite("Lax")
                .maxAge(age)
                .build();
    }

    private static ResponseEntity<Void> to(String address) {
        return ResponseEntity.status(HttpStatus.FOUND)
                .header(HttpHeaders.LOCATION, address)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }
}
