package dev.oriel.api.account;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Tells gateways about ended logins and links: at once, and again every second until Redis has taken it, so that a
 * logout while Redis is away still cuts the consoles when it is back. What ends by its time needs no telling: tickets
 * say when. Thread-safe.
 */
@Component
public class RevocationRelay {
    private static final Logger LOG = LoggerFactory.getLogger(RevocationRelay.class);
    private static final int BATCH = 100;
    private static final Duration KEPT = Duration.ofDays(1);

    private final RevocationChannel channel;
    private final List<RevocationSource<?>> sources;
    private final Clock clock;

    RevocationRelay(RevocationChannel channel, List<RevocationSource<?>> sources, Clock clock) {
        this.channel = channel;
        this.sources = List.copyOf(sources);
        this.clock = clock;
    }

    /** Never fails: what cannot be said now is said by {@link #repeat}. */
    public <I> void announce(RevocationSource<I> source, I id) {
        try {
            channel.publish(source.revocation(id));
            source.markAnnounced(id);
        } catch (DataAccessException e) {
            LOG.warn("Consoles of {} stay open until Redis answers: {}", id, e.toString());
        }
    }

    /** What could not be said at once, or by a replica that died: well within the seconds a console may stay open. */
    @Scheduled(fixedDelay = 2500)
    void repeat() {
        sources.forEach(this::repeat);
    }

    private <I> void repeat(RevocationSource<I> source) {
        try {
            source.unannounced(BATCH).forEach(id -> announce(source, id));
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    @Scheduled(fixedDelay = 3_600_000, initialDelay = 60_000)
    void forgetOld() {
        for (RevocationSource<?> source : sources) {
            try {
                source.deleteEnded(clock.instant().minus(KEPT));
            } catch (DataAccessException e) {
                LOG.debug("Postgres does not answer", e);
            }
        }
    }
}
