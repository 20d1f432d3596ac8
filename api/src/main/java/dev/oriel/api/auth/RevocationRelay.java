package dev.oriel.api.auth;

import dev.oriel.api.account.RevocationChannel;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.error.ErrorCode;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Tells gateways about ended logins: at once, and again every second until Redis has taken it, so that a logout while
 * Redis is away still cuts the consoles when it is back. Thread-safe.
 */
@Component
class RevocationRelay {
    private static final Logger LOG = LoggerFactory.getLogger(RevocationRelay.class);
    private static final int BATCH = 100;
    private static final Duration KEPT = Duration.ofDays(1);

    private final RevocationChannel channel;
    private final LoginStore store;
    private final Clock clock;

    RevocationRelay(RevocationChannel channel, LoginStore store, Clock clock) {
        this.channel = channel;
        this.store = store;
        this.clock = clock;
    }

    /** Never fails: what cannot be said now is said by {@link #repeat}. */
    void announce(LoginId login) {
        try {
            channel.publish(new Revocation(Revocation.Scope.LOGIN, login.value(), ErrorCode.CONSOLE_REVOKED));
            store.markAnnounced(login);
        } catch (DataAccessException e) {
            LOG.warn("Consoles of an ended login stay open until Redis answers: {}", e.toString());
        }
    }

    @Scheduled(fixedDelay = 1000)
    void repeat() {
        try {
            store.unannounced(BATCH).forEach(this::announce);
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    @Scheduled(fixedDelay = 3_600_000, initialDelay = 60_000)
    void forgetOld() {
        try {
            store.deleteEnded(clock.instant().minus(KEPT));
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }
}
