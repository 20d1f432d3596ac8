package dev.oriel.api.queue;

import java.time.Duration;
import java.util.List;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Moves committed wishes from the outbox into the queue, at once after a commit of this process and every few seconds
 * for those of others that died. Entries get in at least once: they leave the outbox only after the queue has them.
 */
@Component
class OutboxRelay {
    private static final Duration IDLE = Duration.ofSeconds(3);
    private static final int BATCH = 100;

    private final OutboxStore store;
    private final LifecycleQueue queue;
    private final Outbox outbox;
    private final TransactionTemplate transaction;

    OutboxRelay(OutboxStore store, LifecycleQueue queue, Outbox outbox, PlatformTransactionManager transactions) {
        this.store = store;
        this.queue = queue;
        this.outbox = outbox;
        this.transaction = new TransactionTemplate(transactions);
    }

    /** One turn: waits for a commit, then moves all there is. */
    void turn() throws InterruptedException {
        outbox.committed().await(IDLE);
        while (move() == BATCH) {
            // A full batch: there may be more.
        }
    }

    private int move() {
        Integer moved = transaction.execute(status -> {
            List<LifecycleEntry> entries = store.take(BATCH);
            if (!entries.isEmpty()) {
                add(entries);
            }
            return entries.size();
        });
        return moved == null ? 0 : moved;
    }

    private void add(List<LifecycleEntry> entries) {
        try {
            queue.add(entries);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while filling the queue", e);
        }
    }
}
