package dev.oriel.api.share;

import dev.oriel.api.account.RevocationChannel;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.ShareId;
import dev.oriel.core.error.ErrorCode;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Tells gateways about revoked links: at once, and again every second until Redis has taken it. Links that end by time
 * need no telling: their tickets say when. Thread-safe.
 */
@Component
class ShareRelay {
    private static final Logger LOG = LoggerFactory.getLogger(ShareRelay.class);
    private static final int BATCH = 100;
    private static final Duration KEPT = Duration.ofDays(1);

    private final RevocationChannel channel;
    private final ShareStore store;
    private final Clock clock;

    ShareRelay(RevocationChannel channel, ShareStore store, Clock clock) {
        this.channel = channel;
        this.store = store;
        this.clock = clock;
    }

    /** Never fails: what cannot be said now is said by {@link #repeat}. */
    void announce(ShareId share) {
        try {
            channel.publish(
                    new Revocation(Revocation.Scope.LOGIN, Guest.login(share).value(), ErrorCode.SHARE_ENDED));
            store.markAnnounced(share);
        } catch (DataAccessException e) {
            LOG.warn("Consoles of a revoked link stay open until Redis answers: {}", e.toString());
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

    @Scheduled(fixedDelay = 3_600_000, initialDelay = 90_000)
    void forgetOld() {
        try {
            store.deleteEnded(clock.instant().minus(KEPT));
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }
}
