package dev.oriel.api.queue;

import dev.oriel.api.loop.Nudge;
import dev.oriel.core.vm.VmId;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Where a wish is put in the transaction that makes it; it reaches the queue soon after the commit. Thread-safe. */
@Component
public class Outbox {
    private final OutboxStore store;
    private final Nudge committed = new Nudge();

    Outbox(OutboxStore store) {
        this.store = store;
    }

    /** Adds a wish to the running transaction, and wakes the relay when that commits. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void add(VmId vm, long generation) {
        store.add(vm, generation);
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                committed.wake();
            }
        });
    }

    Nudge committed() {
        return committed;
    }
}
