package dev.oriel.api.account;

import dev.oriel.core.account.UserId;
import java.util.Optional;

/** What accounts may have. Thread-safe. */
public interface Quotas {
    /** The account's own limits, the configured ones where it has none. */
    Optional<Quota> find(UserId owner);

    /**
     * As {@link #find}, with the account's row locked until the transaction ends: whoever reserves next waits here, so
     * that what is counted afterwards stays true until it is used.
     */
    Quota lock(UserId owner);

    /**
     * As {@link #lock}, before more begins to run: stops here when this month's budget is spent.
     *
     * @throws dev.oriel.core.error.OrielException quota-exceeded
     */
    Quota lockToRun(UserId owner);

    /**
     * Stops here when more would begin to run although this month's budget is spent.
     *
     * @throws dev.oriel.core.error.OrielException quota-exceeded
     */
    void requireBudget(UserId owner);
}
