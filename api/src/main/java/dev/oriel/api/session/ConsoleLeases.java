package dev.oriel.api.session;

import dev.oriel.api.account.Quota;
import dev.oriel.api.account.Quotas;
import dev.oriel.api.account.Turns;
import dev.oriel.api.account.Usage;
import dev.oriel.api.account.UsageSource;
import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostName;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Room for consoles in their owners' quotas. A ticket takes it; what gateways list keeps it, and what they list no more
 * gives it back: so whatever crashes, the count is right again soon. Any number of replicas may recount. Thread-safe.
 */
@Component
class ConsoleLeases implements UsageSource {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleLeases.class);
    /** A little longer than tickets live: what was not opened by then never will be. */
    private static final Duration UNOPENED = Duration.ofSeconds(31);
    /** How long an open console counts when its gateway is not heard of. */
    private static final Duration UNHEARD = Duration.ofSeconds(60);

    private final ConsoleLeaseStore store;
    private final Quotas quotas;
    private final Turns turns;
    private final Hosts hosts;
    private final TransactionTemplate transactions;

    ConsoleLeases(ConsoleLeaseStore store, Quotas quotas, Turns turns, Hosts hosts, TransactionTemplate transactions) {
        this.store = store;
        this.quotas = quotas;
        this.turns = turns;
        this.hosts = hosts;
        this.transactions = transactions;
    }

    /**
     * Takes room for the console that this ticket opens.
     *
     * @throws OrielException quota-exceeded
     */
    void take(UserId owner, TicketId ticket, HostName host) {
        turns.in(owner, () -> {
            Quota quota = quotas.lock(owner);
            quota.require(usage(owner), Usage.ofConsoles(1));
            store.insert(ticket, owner, host, UNOPENED);
        });
    }

    @Override
    public Usage usage(UserId owner) {
        return Usage.ofConsoles(store.count(owner));
    }

    /** Makes what is counted equal to what is there. */
    @Scheduled(fixedDelay = 5_000)
    void recount() {
        try {
            hosts.all().forEach(this::recount);
            store.removeExpired();
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    private void recount(Host host) {
        List<OpenConsole> open;
        try {
            open = host.consolesNow();
        } catch (OrielException e) {
            LOG.debug("The gateway of {} does not answer", host.name(), e);
            return;
        }
        transactions.executeWithoutResult(_ -> {
            open.forEach(console -> store.keep(console.id(), console.vm(), host.name(), UNHEARD));
            store.removeClosed(host.name(), open.stream().map(OpenConsole::id).toList());
        });
    }
}
