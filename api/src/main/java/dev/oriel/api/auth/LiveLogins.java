package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.LoginPulse;
import dev.oriel.core.account.LoginId;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Which logins are alive, asked of Postgres at most once in {@link #FRESH} per login: so a logout at another replica is
 * known here within a second, and what was revoked stays so whatever happens to Redis. Thread-safe.
 */
@Component
class LiveLogins implements LoginPulse {
    private static final Logger LOG = LoggerFactory.getLogger(LiveLogins.class);
    private static final Duration FRESH = Duration.ofMillis(900);
    private static final int MAX_ENTRIES = 20_000;

    private final ConcurrentHashMap<LoginId, Entry> entries = new ConcurrentHashMap<>();
    /** Which token is which login never changes: remembered by the token's hash. */
    private final ConcurrentHashMap<String, LoginId> tokens = new ConcurrentHashMap<>();

    private final Set<LoginId> used = ConcurrentHashMap.newKeySet();
    private final LoginStore store;
    private final ApiTokenStore tokenStore;
    private final Clock clock;

    LiveLogins(LoginStore store, ApiTokenStore tokenStore, Clock clock) {
        this.store = store;
        this.tokenStore = tokenStore;
        this.clock = clock;
    }

    private record Entry(Optional<Caller> caller, long readAt) {
        boolean fresh(long nanos) {
            return nanos - readAt < FRESH.toNanos();
        }
    }

    /** The account behind a login; empty when it ended. */
    Optional<Caller> caller(LoginId login) {
        // Taken before the question: an answer can only be older than it seems, never younger.
        long now = System.nanoTime();
        Entry known = entries.get(login);
        if (known != null && known.fresh(now)) {
            return known.caller();
        }
        if (entries.size() > MAX_ENTRIES) {
            entries.values().removeIf(entry -> !entry.fresh(now));
        }
        Entry read = new Entry(store.caller(login, clock.instant()), now);
        entries.put(login, read);
        if (read.caller().isPresent()) {
            used.add(login);
        }
        return read.caller();
    }

    /** The account behind an API token; empty when there is no such token, or it ended. */
    Optional<Caller> callerByToken(String hash) {
        LoginId known = tokens.get(hash);
        if (known == null) {
            Optional<LoginId> found = tokenStore.find(hash);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            if (tokens.size() > MAX_ENTRIES) {
                tokens.clear();
            }
            known = found.get();
            tokens.put(hash, known);
        }
        return caller(known);
    }

    /** Writes down which logins were in use: seldom, so that no request has to. */
    @Scheduled(fixedDelay = 20_000)
    void noteUse() {
        Set<LoginId> some = Set.copyOf(used);
        if (some.isEmpty()) {
            return;
        }
        try {
            store.touch(some, clock.instant());
            used.removeAll(some);
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
            used.clear();
        }
    }

    @Override
    public boolean alive(LoginId login) {
        return caller(login).isPresent();
    }

    /** What is known of it has proved old: it is asked for anew. */
    void refresh(LoginId login) {
        entries.remove(login);
    }

    void forget(LoginId login) {
        entries.put(login, new Entry(Optional.empty(), System.nanoTime()));
    }
}
