package dev.oriel.host.sim;

import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which VM changed when. Versions begin at the clock's time, so a version of an earlier process is recognised as old
 * and answered with everything. Keeps the last {@value #MAX_GONE} deleted VMs. Guarded by its owner's lock.
 */
final class ChangeLog {
    private static final int MAX_GONE = 1024;

    private final long start = System.currentTimeMillis() * 1000;
    private final Map<VmId, Gone> gone = new LinkedHashMap<>();
    private long version = start;
    private long forgotten = start;

    private record Gone(VmObservation observation, long version) {}

    void changed(SimulatedVm vm) {
        vm.changedAt(++version);
    }

    void gone(SimulatedVm vm) {
        VmObservation last = vm.observation();
        gone.remove(last.vm());
        gone.put(last.vm(), new Gone(last, ++version));
        if (gone.size() > MAX_GONE) {
            Iterator<Gone> oldest = gone.values().iterator();
            forgotten = oldest.next().version();
            oldest.remove();
        }
    }

    /** A VM that was gone is wanted again. */
    void back(VmId vm) {
        gone.remove(vm);
    }

    /** Generation at which {@code vm} was deleted; 0 when it was not, or long ago. */
    long generationOfGone(VmId vm) {
        return observationOfGone(vm).map(VmObservation::generation).orElse(0L);
    }

    Optional<VmObservation> observationOfGone(VmId vm) {
        return Optional.ofNullable(gone.get(vm)).map(Gone::observation);
    }

    /** Whether nothing happened after {@code since}: a poll may wait. */
    boolean isCurrent(long since) {
        return since == version;
    }

    VmChanges after(long since, Collection<SimulatedVm> vms) {
        boolean complete = since < forgotten || since > version;
        List<VmObservation> seen = new ArrayList<>();
        vms.stream()
                .filter(vm -> complete || vm.changedAt() > since)
                .map(SimulatedVm::observation)
                .forEach(seen::add);
        if (!complete) {
            gone.values().stream()
                    .filter(entry -> entry.version() > since)
                    .map(Gone::observation)
                    .forEach(seen::add);
        }
        return new VmChanges(version, complete, seen);
    }
}
