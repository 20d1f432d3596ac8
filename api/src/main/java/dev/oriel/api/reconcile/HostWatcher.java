package dev.oriel.api.reconcile;

import dev.oriel.api.host.Host;
import dev.oriel.api.loop.Nudge;
import dev.oriel.api.vm.VmObservations;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Listens to one host: a long poll that never ends. Every change goes to the observations at once; what the host holds
 * altogether is kept here for the reconciler. Every replica has one per host.
 */
final class HostWatcher {
    /** Short enough to notice within the grace that a host is silent. */
    private static final Duration POLL = Duration.ofSeconds(5);
    /** So many changes in one answer, and the next is let grow a little: many rows cost hardly more than one. */
    private static final int BUSY = 4;

    private static final Duration LINGER = Duration.ofMillis(15);

    private final Host host;
    private final VmObservations observations;
    private final Nudge reconciler;
    private final Map<VmId, VmObservation> holds = new ConcurrentHashMap<>();
    private final Nudge pause = new Nudge();
    private volatile boolean complete;
    private boolean busy;
    private long since;

    HostWatcher(Host host, VmObservations observations, Nudge reconciler) {
        this.host = host;
        this.observations = observations;
        this.reconciler = reconciler;
    }

    Host host() {
        return host;
    }

    /** Everything the host holds, as last heard; meaningless until {@link #isComplete()}. */
    Map<VmId, VmObservation> holds() {
        return Map.copyOf(holds);
    }

    /** Whether the host has told everything it holds since it was last away. */
    boolean isComplete() {
        return complete;
    }

    /** One turn: one long poll. */
    void turn() throws InterruptedException {
        if (busy) {
            boolean _ = pause.await(LINGER);
        }
        VmChanges changes;
        try {
            // After a failure everything is asked for again: the host may be another than before.
            changes = host.api().changes(complete ? since : 0, POLL);
        } catch (RuntimeException e) {
            complete = false;
            throw e;
        }
        busy = changes.vms().size() >= BUSY;
        boolean back = !complete;
        host.heard();
        if (changes.complete()) {
            holds.clear();
        }
        for (VmObservation seen : changes.vms()) {
            if (seen.phase() == VmPhase.GONE) {
                holds.remove(seen.vm());
            } else {
                holds.put(seen.vm(), seen);
            }
        }
        if (changes.vms().size() == 1) {
            observations.saw(host.name(), changes.vms().getFirst());
        } else {
            observations.sawAll(host.name(), changes.vms());
        }
        since = changes.next();
        complete = true;
        if (back) {
            reconciler.wake();
        }
    }
}
