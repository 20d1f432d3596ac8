package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.LoginPulse;
import dev.oriel.core.account.LoginId;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * Which logins are alive, asked of Postgres at most once in {@link #FRESH} per login: so a logout at another replica is
 * known here within a second, and what was revoked stays so whatever happens to Redis. Thread-safe.
 */
@Component
class LiveLogins implements LoginPulse {
    private static final Duration FRESH = Duration.ofMillis(900);
    private static final int MAX_ENTRIES = 20_000;

    private final ConcurrentHashMap<LoginId, Entry> entries = new ConcurrentHashMap<>();
    private final LoginStore store;
    private final Clock clock;

    LiveLogins(LoginStore store, Clock clock) {
        this.store = store;
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
        return read.caller();
    }

    @Override
    public boolean alive(LoginId login) {
        return caller(login).isPresent();
    }

    void forget(LoginId login) {
        entries.put(login, new Entry(Optional.empty(), System.nanoTime()));
    }
}
