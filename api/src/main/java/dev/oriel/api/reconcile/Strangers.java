package dev.oriel.api.reconcile;

import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.core.account.UserId;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * VMs that a host holds and that should not be there: deleted ones, and ones that Postgres does not know. Both are
 * deleted after a grace. A database that never had a VM on the host deletes nothing it does not know: it is more likely
 * the wrong database than all of them leftovers. Used by one thread.
 */
@Component
class Strangers {
    private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);
    private static final Duration DELETED_GRACE = Duration.ofSeconds(5);
    private static final Duration UNKNOWN_GRACE = Duration.ofSeconds(60);
    private static final TemplateName NO_TEMPLATE = new TemplateName("unknown");

    private final ReconcileStore store;
    private final VmStore rows;
    private final DriftMeter drift;
    private final Map<VmId, Long> firstSeenNanos = new HashMap<>();

    Strangers(ReconcileStore store, VmStore rows, DriftMeter drift) {
        this.store = store;
        this.rows = rows;
        this.drift = drift;
    }

    /** Looks at everything the host holds, and deletes what has been strange for long enough. */
    void sweep(HostWatcher watcher) {
        Map<VmId, VmObservation> holds = watcher.holds();
        Set<VmId> known = store.known(holds.keySet());
        known.removeAll(store.deleted(known));
        firstSeenNanos.keySet().removeAll(known);
        if (firstSeenNanos.size() > 100_000) {
            firstSeenNanos.clear();
        }
        for (VmObservation seen : holds.values()) {
            if (!known.contains(seen.vm())) {
                consider(watcher, seen);
            }
        }
    }

    private void consider(HostWatcher watcher, VmObservation seen) {
        long since = firstSeenNanos.computeIfAbsent(seen.vm(), id -> System.nanoTime());
        Duration age = Duration.ofNanos(System.nanoTime() - since);
        Optional<Vm> tombstone = rows.load(seen.vm());
        Duration grace = tombstone.isPresent() ? DELETED_GRACE : UNKNOWN_GRACE;
        if (age.compareTo(grace) < 0) {
            return;
        }
        firstSeenNanos.remove(seen.vm());
        drift.found("stranger");
        if (tombstone.isEmpty() && !store.everUsed(watcher.host().name())) {
            LOG.error(
                    "Host {} holds VM {}, which this database has never known: is this the right database?",
                    watcher.host().name(),
                    seen.vm());
            return;
        }
        LOG.warn(
                "Host {} holds VM {}, which should not exist: deleted",
                watcher.host().name(),
                seen.vm());
        VmSpec spec = tombstone.map(Vm::spec).orElseGet(() -> anySpec(seen.vm()));
        watcher.host().api().ensure(new VmAssignment(spec, VmGoal.DELETED, true, seen.generation() + 1), Duration.ZERO);
    }

    /** Hosts delete by what they have recorded themselves: of this only the id counts. */
    private static VmSpec anySpec(VmId id) {
        return new VmSpec(id, new UserId(id.value()), NO_TEMPLATE, 1, Bytes.ofMiB(64), new Bytes(0), Optional.empty());
    }
}
