package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Scope;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.auth.ApiTokenStore.Entry;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * API tokens: for programs, scoped, with an end. A token is {@code oriel_} and 256 random bits; it is shown once, and
 * only its hash is kept. To everything else it is a login: it dies the same way, and with it its consoles. Thread-safe.
 */
@Component
class ApiTokens {
    static final String PREFIX = "oriel_";
    static final Duration MAX_LIFETIME = Duration.ofDays(366);
    static final Duration USUAL_LIFETIME = Duration.ofDays(90);

    private static final int RANDOM_BYTES = 32;
    private static final int LENGTH = PREFIX.length() + 43;
    private static final int HINT_LENGTH = 4;
    private static final int MAX_TOKENS = 50;

    private final SecureRandom random = new SecureRandom();
    private final ApiTokenStore store;
    private final LiveLogins live;
    private final Logins logins;
    private final AuditLog audit;
    private final TransactionTemplate transactions;
    private final Clock clock;

    ApiTokens(
            ApiTokenStore store,
            LiveLogins live,
            Logins logins,
            AuditLog audit,
            TransactionTemplate transactions,
            Clock clock) {
        this.audit = audit;
        this.store = store;
        this.live = live;
        this.logins = logins;
        this.transactions = transactions;
        this.clock = clock;
    }

    /** A new token, the only time that it is known. */
    record Made(Entry entry, String token) {
        @Override
        public String toString() {
            return "Made[" + entry + "]";
        }
    }

    /** Where a token was asked for. */
    record Origin(String address, String agent) {}

    /** Whether this is meant to be an API token at all, rather than a signed access token. */
    static boolean looksLike(String token) {
        return token.startsWith(PREFIX);
    }

    /**
     * Makes a token.
     *
     * @throws OrielException quota-exceeded when the account has too many
     */
    Made make(UserId owner, String name, Set<Scope> scopes, Duration lifetime, Origin origin) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        String hint = token.substring(token.length() - HINT_LENGTH);
        Entry entry = new Entry(LoginId.random(), name, hint, scopes, now, now, now.plus(lifetime));
        Boolean made = transactions.execute(status -> store.insert(
                owner, entry, TokenHash.of(token), origin.address(), Logins.shortAgent(origin.agent()), MAX_TOKENS));
        if (!Boolean.TRUE.equals(made)) {
            throw new OrielException(
                    ErrorCode.QUOTA_EXCEEDED, "You have " + MAX_TOKENS + " API tokens: revoke one first.");
        }
        audit.record(Act.TOKEN_MADE, owner, name + " (" + Scope.slugs(scopes) + ")");
        return new Made(entry, token);
    }

    /** The owner's living tokens, newest first. */
    List<Entry> list(UserId owner) {
        return store.list(owner, clock.instant());
    }

    /** Who presents this token; empty unless it is good right now. */
    Optional<Caller> caller(String token) {
        if (token.length() != LENGTH || !looksLike(token)) {
            return Optional.empty();
        }
        return live.callerByToken(TokenHash.of(token));
    }

    /** Ends a token of {@code owner}; false when there is none such. */
    boolean revoke(UserId owner, LoginId id) {
        return logins.endOwn(owner, id, LoginStore.Kind.TOKEN);
    }
}
