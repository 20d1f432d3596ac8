package dev.oriel.api.auth;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.LoginEnd;
import dev.oriel.api.account.RevocationRelay;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.auth.LoginStore.Kind;
import dev.oriel.api.auth.LoginStore.Row;
import dev.oriel.api.auth.LoginStore.Why;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Logins and their tokens. A login has one live refresh token; using it makes the next one and ends it, but for a few
 * seconds the old one still gives the same successor, as two tabs and a lost answer are no theft. Any other use of an
 * old one is: it ends the login. Thread-safe.
 */
@Component
class Logins implements LoginEnd {
    static final Duration ACCESS_LIFETIME = Duration.ofMinutes(10);
    static final Duration REFRESH_LIFETIME = Duration.ofDays(14);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final int MAX_AGENT_LENGTH = 200;
    private static final int MAX_LISTED = 200;

    private final LoginStore store;
    private final LiveLogins live;
    private final RevocationRelay revocations;
    private final TransactionTemplate transactions;
    private final AuthMetrics metrics;
    private final AuditLog audit;
    private final SignedTokens accessTokens;
    private final SignedTokens refreshTokens;
    private final Clock clock;

    Logins(
            LoginStore store,
            LiveLogins live,
            RevocationRelay revocations,
            TransactionTemplate transactions,
            AuthMetrics metrics,
            AuditLog audit,
            ApiConfig config,
            Clock clock) {
        this.metrics = metrics;
        this.audit = audit;
        this.store = store;
        this.live = live;
        this.revocations = revocations;
        this.transactions = transactions;
        this.clock = clock;
        String issuer = config.publicUrl().toString();
        accessTokens = new SignedTokens("access", issuer, config.keys().access());
        refreshTokens = new SignedTokens("refresh", issuer, config.keys().refresh());
    }

    /** A fresh pair of tokens for {@code user}. */
    record Tokens(UserId user, String access, Instant accessExpiresAt, String refresh) {
        @Override
        public String toString() {
            return "Tokens[of " + user + "]";
        }
    }

    private sealed interface Rotation {
        record Done(Tokens tokens) implements Rotation {}

        record Refused() implements Rotation {}

        record Stolen(LoginId login) implements Rotation {}
    }

    /** Starts a login. */
    Tokens start(UserId user, String address, String agent) {
        Instant now = now();
        LoginId login = LoginId.random();
        Tokens tokens = tokens(user, login, 1, now, now);
        store.insert(
                login,
                user,
                TokenHash.of(tokens.refresh()),
                now,
                now.plus(REFRESH_LIFETIME),
                address,
                shortAgent(agent));
        audit.record(Act.LOGIN_STARTED, user, shortAgent(agent));
        return tokens;
    }

    /**
     * The next pair of tokens.
     *
     * @throws OrielException unauthenticated, for every reason alike
     */
    Tokens refresh(String refreshToken) {
        SignedTokens.Grant grant = refreshTokens.verify(refreshToken, now()).orElseThrow(Logins::unauthenticated);
        Rotation rotation = transactions.execute(status -> rotate(grant, TokenHash.of(refreshToken)));
        return switch (rotation) {
            case Rotation.Done(Tokens tokens) -> tokens;
            case Rotation.Refused() -> throw unauthenticated();
            case Rotation.Stolen(LoginId login) -> {
                metrics.reused();
                audit.record(Act.REFRESH_REUSED, Optional.empty(), Optional.of(grant.user()), login.toString());
                ended(login);
                throw unauthenticated();
            }
        };
    }

    private Rotation rotate(SignedTokens.Grant grant, String presented) {
        Optional<Row> found = store.lock(grant.login());
        Instant now = now();
        if (found.isEmpty()) {
            return new Rotation.Refused();
        }
        Row row = found.get();
        if (row.revoked() || row.disabled() || !row.expiresAt().isAfter(now)) {
            return new Rotation.Refused();
        }
        if (presented.equals(row.hash())) {
            Tokens next = tokens(row.account(), row.id(), row.number() + 1, now, now);
            store.rotate(row.id(), row.number() + 1, TokenHash.of(next.refresh()), now, now.plus(REFRESH_LIFETIME));
            return new Rotation.Done(next);
        }
        boolean previous = presented.equals(row.previousHash());
        if (previous && Duration.between(row.rotatedAt(), now).compareTo(GRACE) <= 0) {
            return new Rotation.Done(tokens(row.account(), row.id(), row.number(), row.rotatedAt(), now));
        }
        store.revoke(row.id(), Why.REUSE, now);
        return new Rotation.Stolen(row.id());
    }

    /** Who presents this access token; empty unless everything about it and its login is good right now. */
    Optional<Caller> caller(String accessToken) {
        return accessTokens
                .verify(accessToken, now())
                .flatMap(grant ->
                        live.caller(grant.login()).filter(caller -> caller.id().equals(grant.user())));
    }

    /** The login that a refresh token belongs to, if the token is signed by us and not expired. */
    Optional<LoginId> loginOf(String refreshToken) {
        return refreshTokens.verify(refreshToken, now()).map(SignedTokens.Grant::login);
    }

    /** Ends a login: its tokens and consoles die at once. */
    void end(LoginId login) {
        if (store.revoke(login, Why.LOGOUT, now())) {
            ended(login);
        }
    }

    /** Ends a login or token if it is this user's; false when it is not, or ended before. */
    boolean endOwn(UserId user, LoginId login, Kind kind) {
        boolean ended = store.revokeOwn(user, login, kind, Why.LOGOUT, now());
        if (ended) {
            ended(login);
            audit.record(kind == Kind.TOKEN ? Act.TOKEN_REVOKED : Act.LOGIN_ENDED, user, login.toString());
        }
        return ended;
    }

    /** Ends all logins of this user but one. */
    void endOthers(UserId user, LoginId kept) {
        store.revokeAll(user, Set.of(Kind.LOGIN), Optional.of(kept), Why.LOGOUT, now())
                .forEach(this::ended);
    }

    /** Ends all logins of somebody who changed the password, and the API tokens too if that is wanted. */
    void endAll(UserId user, boolean tokensToo) {
        Set<Kind> kinds = tokensToo ? EnumSet.allOf(Kind.class) : EnumSet.of(Kind.LOGIN);
        store.revokeAll(user, kinds, Optional.empty(), Why.PASSWORD, now()).forEach(this::ended);
    }

    @Override
    public void endEverything(UserId user) {
        store.revokeAll(user, EnumSet.allOf(Kind.class), Optional.empty(), Why.ADMIN, now())
                .forEach(this::ended);
    }

    /** Where this user is signed in, the last used first. */
    List<LoginStore.Seen> list(UserId user) {
        return store.list(user, now(), MAX_LISTED);
    }

    private void ended(LoginId login) {
        live.forget(login);
        revocations.announce(store, login);
    }

    private Tokens tokens(UserId user, LoginId login, int number, Instant rotatedAt, Instant now) {
        return new Tokens(
                user,
                accessTokens.sign(user, login, number, now, ACCESS_LIFETIME),
                now.truncatedTo(ChronoUnit.SECONDS).plus(ACCESS_LIFETIME),
                refreshTokens.sign(user, login, number, rotatedAt, REFRESH_LIFETIME));
    }

    /** As exact as the database keeps it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** As much of a {@code User-Agent} as is kept. */
    static String shortAgent(String agent) {
        String bounded = agent.length() > MAX_AGENT_LENGTH ? agent.substring(0, MAX_AGENT_LENGTH) : agent;
        return bounded.replace("\0", "");
    }

    static OrielException unauthenticated() {
        return new OrielException(ErrorCode.UNAUTHENTICATED, "This needs a valid login.");
    }
}
