package dev.oriel.api.auth;

import dev.oriel.api.account.Account;
import dev.oriel.api.account.Caller;
import dev.oriel.api.auth.OidcProvider.Attempt;
import dev.oriel.api.http.ClientAddress;
import dev.oriel.api.http.Public;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /auth/oidc}: signing in at an OpenID provider. What ties its answer to this browser lies sealed in a cookie of
 * ten minutes: nothing is kept here, and nobody is signed in by an answer that their browser did not ask for.
 */
@Public
@RestController
@RequestMapping("/auth/oidc")
class OidcResource {
    private static final Logger LOG = LoggerFactory.getLogger(OidcResource.class);
    private static final String LOGIN = "/pages/login";
    private static final String ACCOUNT = "/pages/account";

    private final OidcProvider provider;
    private final OidcSignIn signIn;
    private final Logins logins;
    private final AuthMetrics metrics;
    private final ClientAddress addresses;
    private final OidcAttempts attempts;
    private final Callers callers;

    OidcResource(
            OidcProvider provider,
            OidcSignIn signIn,
            Logins logins,
            AuthMetrics metrics,
            ClientAddress addresses,
            OidcAttempts attempts,
            Callers callers) {
        this.provider = provider;
        this.signIn = signIn;
        this.logins = logins;
        this.metrics = metrics;
        this.addresses = addresses;
        this.attempts = attempts;
        this.callers = callers;
    }

    @GetMapping("/start")
    ResponseEntity<Void> start(@RequestParam(required = false) @Nullable String next, HttpServletResponse response) {
        provider.config();
        Attempt attempt = attempts.begin(next == null ? "" : next, "");
        try {
            URI address = provider.address(attempt);
            attempts.remember(attempt, response);
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
        attempts.forget(response);
        Optional<Attempt> attempt = attempts.of(request).filter(asked -> same(asked.state(), state));
        if (attempt.isEmpty() || code == null || code.isBlank()) {
            metrics.refused();
            return to(LOGIN + "?failed");
        }
        if (!attempt.get().link().isEmpty()) {
            return link(attempt.get(), code, request);
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

    /** The browser must still be signed in to the very account that it was begun for. */
    private ResponseEntity<Void> link(Attempt attempt, String code, HttpServletRequest request) {
        try {
            Optional<Caller> owner = callers.find(request)
                    .filter(caller -> caller.person().toString().equals(attempt.link()));
            if (owner.isPresent()) {
                signIn.link(owner.get().person(), provider.identify(attempt, code));
                return to(ACCOUNT + "?link=done");
            }
        } catch (OrielException e) {
            LOG.info("A link to an identity elsewhere is refused: {}", e.code().slug());
            return to(ACCOUNT + (e.code() == ErrorCode.STATE_CONFLICT ? "?link=taken" : "?link=failed"));
        }
        return to(ACCOUNT + "?link=failed");
    }

    private static boolean same(String expected, @Nullable String given) {
        return given != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    private static ResponseEntity<Void> to(String address) {
        return ResponseEntity.status(HttpStatus.FOUND)
                .header(HttpHeaders.LOCATION, address)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }
}
