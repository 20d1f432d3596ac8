package dev.oriel.api.account;

import dev.oriel.core.console.Revocation;
import java.time.Instant;
import java.util.List;

/**
 * A table of things whose end gateways must hear of: it knows which ends nobody has told them yet.
 *
 * @param <I> the id of such a thing
 */
public interface RevocationSource<I> {
    /** Ended things that gateways may not have heard of yet, the oldest first. */
    List<I> unannounced(int limit);

    /** What gateways are told of the end of {@code id}. */
    Revocation revocation(I id);

    void markAnnounced(I id);

    /** Deletes what ended before {@code before} and is announced; gives how many. */
    int deleteEnded(Instant before);
}
