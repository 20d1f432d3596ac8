package dev.oriel.api.expiry;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.loop.Loop;
import dev.oriel.api.loop.LoopOwner;
import dev.oriel.api.loop.Nudge;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Forgets VMs that were deleted long ago. Until then their rows say that what a host still holds of them is a leftover,
 * and what a late message says of them is over. All replicas may do it at once.
 */
@Component
public class DeletedVms extends LoopOwner {
    private static final Logger LOG = LoggerFactory.getLogger(DeletedVms.class);
    private static final Duration EVERY = Duration.ofMinutes(10);
    private static final int BATCH = 1000;

    private final DeletedVmStore store;
    private final Duration kept;
    private final Clock clock;
    private final Nudge never = new Nudge();

    DeletedVms(DeletedVmStore store, ApiConfig config, Clock clock) {
        this.store = store;
        this.kept = config.upkeep().keepDeleted();
        this.clock = clock;
    }

    /** Removes all whose time is over; answers how many. */
    public int prune() {
        int all = 0;
        int batch;
        do {
            batch = store.prune(clock.instant().minus(kept), BATCH);
            all += batch;
        } while (batch == BATCH);
        if (all > 0) {
            LOG.info("{} VMs that were deleted before the last {} are forgotten", all, kept);
        }
        return all;
    }

    @Override
    protected List<Loop> startLoops() {
        return List.of(Loop.start("deleted-vms", () -> {
            prune();
            never.await(EVERY);
        }));
    }
}
