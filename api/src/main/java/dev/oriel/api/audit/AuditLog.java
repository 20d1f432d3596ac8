package dev.oriel.api.audit;

import dev.oriel.api.http.ClientAddress;
import dev.oriel.api.http.RequestId;
import dev.oriel.core.account.UserId;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Writes down who did what to which account, with the address and id of the request that runs. In the caller's
 * transaction if there is one: then the act and its record happen together or not at all. Thread-safe.
 */
@Component
public class AuditLog {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final Duration KEPT = Duration.ofDays(400);
    private static final int MAX_DETAIL = 500;

    private final AuditStore store;
    private final ClientAddress addresses;
    private final Clock clock;

    AuditLog(AuditStore store, ClientAddress addresses, Clock clock) {
        this.store = store;
        this.addresses = addresses;
        this.clock = clock;
    }

    /**
     * One line of the log.
     *
     * @param actor the name of who did it, {@code account} that of whose account it concerns; empty when unknown or gone
     */
    public record Entry(
            long id,
            Instant at,
            Act act,
            @Nullable UserId actorId,
            @Nullable String actor,
            @Nullable UserId accountId,
            @Nullable String account,
            @Nullable String address,
            @Nullable String requestId,
            String detail) {}

    /** Something that an account's owner did to it. */
    public void record(Act act, UserId owner, String detail) {
        record(act, Optional.of(owner), Optional.of(owner), detail);
    }

    /**
     * Something that {@code actor} did to {@code account}.
     *
     * @param detail for people; never a secret
     */
    public void record(Act act, Optional<UserId> actor, Optional<UserId> account, String detail) {
        Optional<HttpServletRequest> request =
                RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                        ? Optional.of(attributes.getRequest())
                        : Optional.empty();
        String bounded = detail.length() > MAX_DETAIL ? detail.substring(0, MAX_DETAIL) : detail;
        store.insert(new AuditStore.Row(
                clock.instant(),
                act,
                actor,
                account,
                request.map(addresses::of),
                request.map(RequestId::of),
                bounded.replace("\0", "")));
    }

    /** The newest entries before {@code before}, of one account or of all. */
    public List<Entry> page(Optional<UserId> account, Optional<Act> act, long before, int limit) {
        return store.page(account, act, before, limit);
    }

    @Scheduled(fixedDelay = 3_600_000, initialDelay = 90_000)
    void forgetOld() {
        try {
            store.deleteBefore(clock.instant().minus(KEPT));
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }
}
