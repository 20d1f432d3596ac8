package dev.oriel.api.usage;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Keeps telling the database that an API is at work. While none is, nothing would notice a VM's end: such time is not
 * counted. Any number of replicas may do it. Thread-safe.
 */
@Component
class UsageMeter {
    private static final Logger LOG = LoggerFactory.getLogger(UsageMeter.class);

    private final UsageStore store;

    UsageMeter(UsageStore store) {
        this.store = store;
    }

    @Scheduled(fixedDelay = 10_000)
    void beat() {
        try {
            if (store.beat()) {
                LOG.info("No API was at work for a while, or the clock jumped: that time is not counted as usage");
            }
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }
}
