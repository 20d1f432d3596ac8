package dev.oriel.api.auth;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.account.Scope;
import dev.oriel.api.http.ClientAddress;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /auth/tokens}: one's API tokens. Only for somebody who signed in, never for a token. */
@RestController
@RequestMapping("/auth/tokens")
class ApiTokenResource {
    private static final int MAX_NAME_LENGTH = 100;

    private final ApiTokens tokens;
    private final ClientAddress addresses;
    private final Clock clock;

    ApiTokenResource(ApiTokens tokens, ClientAddress addresses, Clock clock) {
        this.tokens = tokens;
        this.addresses = addresses;
        this.clock = clock;
    }

    /**
     * What is wanted of a new token.
     *
     * @param name for its owner, to tell it from others
     * @param scopes nothing given: everything that a plain user may do
     * @param expiresAt nothing given: after 90 days; at most a year from now
     * @param expiresInDays instead of {@code expiresAt}
     */
    record NewToken(
            @Nullable String name,
            @Nullable List<Scope> scopes,
            @Nullable Instant expiresAt,
            @Nullable Integer expiresInDays) {}

    /**
     * A token in answers.
     *
     * @param hint its last characters
     * @param token the token itself: only in the answer that made it
     */
    record TokenView(
            LoginId id,
            String name,
            String hint,
            List<Scope> scopes,
            Instant createdAt,
            Instant lastUsedAt,
            Instant expiresAt,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String token) {
        static TokenView of(ApiTokenStore.Entry entry, @Nullable String token) {
            return new TokenView(
                    entry.id(),
                    entry.name(),
                    entry.hint(),
                    entry.scopes().stream().sorted().toList(),
                    entry.createdAt(),
                    entry.lastUsedAt(),
                    entry.expiresAt(),
                    token);
        }

        @Override
        public String toString() {
            return "TokenView[" + id + "]";
        }
    }

    @GetMapping
    List<TokenView> tokens(Caller caller) {
        return tokens.list(caller.id()).stream()
                .map(entry -> TokenView.of(entry, null))
                .toList();
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    TokenView make(Caller caller, @RequestBody NewToken wanted, HttpServletRequest request) {
        Set<Scope> scopes = scopes(caller, wanted.scopes());
        String agent =
                Optional.ofNullable(request.getHeader(HttpHeaders.USER_AGENT)).orElse("");
        ApiTokens.Made made = tokens.make(
                caller.id(),
                name(wanted.name()),
                scopes,
                lifetime(wanted),
                new ApiTokens.Origin(addresses.of(request), agent));
        return TokenView.of(made.entry(), made.token());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(Caller caller, @PathVariable LoginId id) {
        if (!tokens.revoke(caller.id(), id)) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such token.");
        }
    }

    private static String name(@Nullable String wanted) {
        String name = wanted == null ? "API token" : wanted.strip();
        if (name.isEmpty() || name.length() > MAX_NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw FieldError.problem("name", "must have 1 to " + MAX_NAME_LENGTH + " characters");
        }
        return name;
    }

    private static Set<Scope> scopes(Caller caller, @Nullable List<Scope> wanted) {
        if (wanted == null) {
            return Scope.ofUsers();
        }
        if (wanted.isEmpty()) {
            throw FieldError.problem("scopes", "must name at least one, of " + Scope.slugs(Set.of(Scope.values())));
        }
        Set<Scope> scopes = Set.copyOf(wanted);
        if (scopes.contains(Scope.ADMIN) && !caller.role().atLeast(Role.OPERATOR)) {
            throw FieldError.problem("scopes", "may hold admin only for operators and administrators");
        }
        return scopes;
    }

    private Duration lifetime(NewToken wanted) {
        if (wanted.expiresAt() != null && wanted.expiresInDays() != null) {
            throw FieldError.problem("expiresInDays", "cannot be given beside expiresAt");
        }
        long maxDays = ApiTokens.MAX_LIFETIME.toDays();
        if (wanted.expiresInDays() != null) {
            int days = wanted.expiresInDays();
            if (days < 1 || days > maxDays) {
                throw FieldError.problem("expiresInDays", "must be 1 to " + maxDays);
            }
            return Duration.ofDays(days);
        }
        if (wanted.expiresAt() == null) {
            return ApiTokens.USUAL_LIFETIME;
        }
        Instant now = clock.instant();
        if (!wanted.expiresAt().isAfter(now) || wanted.expiresAt().isAfter(now.plus(ApiTokens.MAX_LIFETIME))) {
            throw FieldError.problem("expiresAt", "must lie in the next " + maxDays + " days");
        }
        return Duration.between(now, wanted.expiresAt());
    }
}
