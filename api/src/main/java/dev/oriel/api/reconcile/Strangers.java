package dev.oriel.api.reconcile;

import dev.oriel.api.ApiConfig;
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
 * VMs that a host holds and that should not be there. Deleted ones go after a moment. One that Postgres does not know is
 * more likely somebody's work whose row an older copy of the database lacks than a leftover: it stays for a day, which is
 * said loudly, and for ever while this database never had a VM on the host. Used by one thread.
 */
@Component
class Strangers {
    private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);
    private static final Duration DELETED_GRACE = Duration.ofSeconds(5);
    private static final TemplateName NO_TEMPLATE = new TemplateName("unknown");

    private final ReconcileStore store;
    private final VmStore rows;
    private final DriftMeter drift;
    private final Duration keepUnknown;
    private final Map<VmId, Long> firstSeenNanos = new HashMap<>();

    Strangers(ReconcileStore store, VmStore rows, DriftMeter drift, ApiConfig config) {
        this.store = store;
        this.rows = rows;
        this.drift = drift;
        this.keepUnknown = config.upkeep().keepUnknown();
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
        Optional<Vm> tombstone = rows.load(seen.vm());
        boolean isNew = !firstSeenNanos.containsKey(seen.vm());
        long since = firstSeenNanos.computeIfAbsent(seen.vm(), id -> System.nanoTime());
        if (isNew && tombstone.isEmpty()) {
            drift.found("unknown");
            LOG.error(
                    "Host {} holds VM {}, which this database does not know: it is deleted in {} unless the database is"
                            + " mended (oriel.api.keep-unknown)",
                    watcher.host().name(),
                    seen.vm(),
                    keepUnknown);
        }
        Duration age = Duration.ofNanos(System.nanoTime() - since);
        Duration grace = tombstone.isPresent() ? DELETED_GRACE : keepUnknown;
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
