package dev.oriel.api.vm;

import dev.oriel.core.host.HostName;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/**
 * The only writer of observed states. Every write is a compare-and-set on the row's revision, so replicas and loops may
 * report the same thing, late or twice. Thread-safe.
 */
@Component
public class VmObservations {
    private static final int MAX_TRIES = 8;
    private static final int BATCH = 500;

    private final VmStore store;
    private final VmSightingStore sightings;
    private final VmNews news;
    private final Clock clock;

    VmObservations(VmStore store, VmSightingStore sightings, VmNews news, Clock clock) {
        this.store = store;
        this.sightings = sightings;
        this.news = news;
        this.clock = clock;
    }

    /** Takes in what {@code host} reports; gives the VM as it is now, or nothing when it is not that host's. */
    public Optional<Vm> saw(HostName host, VmObservation seen) {
        return change(
                seen.vm(),
                vm -> vm.host().filter(host::equals).isPresent()
                        ? Observing.next(vm, seen, clock.instant())
                        : Optional.empty());
    }

    /** As {@link #saw}, for many at once: a host that comes back tells of all it has. */
    public void sawAll(HostName host, Collection<VmObservation> all) {
        Iterator<VmObservation> rest = all.iterator();
        while (rest.hasNext()) {
            Map<VmId, VmObservation> some = new LinkedHashMap<>();
            while (rest.hasNext() && some.size() < BATCH) {
                VmObservation seen = rest.next();
                some.put(seen.vm(), seen);
            }
            sawSome(host, some, sightings.load(some.keySet()));
        }
    }

    /** As {@link #sawAll(HostName, Collection)}, with the rows as they were just read: what was written since is read again. */
    public void sawAll(HostName host, List<Vm> rows, Map<VmId, VmObservation> all) {
        for (int from = 0; from < rows.size(); from += BATCH) {
            sawSome(host, all, rows.subList(from, Math.min(rows.size(), from + BATCH)));
        }
    }

    private void sawSome(HostName host, Map<VmId, VmObservation> some, List<Vm> rows) {
        Map<VmId, Vm> before = new LinkedHashMap<>();
        List<Vm> plain = new ArrayList<>();
        List<VmObservation> others = new ArrayList<>();
        for (Vm vm : rows) {
            VmObservation seen = Objects.requireNonNull(some.get(vm.id()));
            Optional<Vm> next = vm.host().filter(host::equals).isPresent()
                    ? Observing.next(vm, seen, clock.instant())
                    : Optional.empty();
            if (next.isPresent() && onlySeen(vm, next.get())) {
                before.put(vm.id(), vm);
                plain.add(next.get());
            } else if (next.isPresent()) {
                others.add(seen);
            }
        }
        for (Vm written : plain.isEmpty() ? List.<Vm>of() : sightings.write(plain)) {
            news.tell(Objects.requireNonNull(before.remove(written.id())), written);
        }
        // Somebody was faster, or more than what is seen changes: one by one.
        before.keySet().forEach(id -> others.add(Objects.requireNonNull(some.get(id))));
        others.forEach(seen -> saw(host, seen));
    }

    private static boolean onlySeen(Vm before, Vm after) {
        return before.seeing(after.state(), after.settled(), after.seen()).equals(after);
    }

    /** Whether {@code seen} would change {@code vm}. */
    public boolean isNews(Vm vm, VmObservation seen) {
        return Observing.next(vm, seen, clock.instant()).isPresent();
    }

    /** Notes that {@code vm} is to be on {@code host}; empty when it was overtaken or is somewhere already. */
    public Optional<Vm> place(Vm vm, HostName host) {
        Optional<Vm> placed = vm.host().isEmpty() ? store.replace(vm.on(host)) : Optional.empty();
        placed.ifPresent(now -> news.tell(vm, now));
        return placed;
    }

    /** No host could do what was wanted in {@code generation}; {@code reason} is for its owner. */
    public Optional<Vm> failed(VmId id, long generation, String reason) {
        return reported(id, generation, VmPhase.FAILED, reason);
    }

    /** No host has anything of it. */
    public Optional<Vm> gone(Vm vm) {
        return reported(vm.id(), vm.generation(), VmPhase.GONE, null);
    }

    /** It was stopped before any host had begun with it. */
    public Optional<Vm> neverStarted(Vm vm) {
        return reported(vm.id(), vm.generation(), VmPhase.STOPPED, null);
    }

    /** Its host has come back without it: a machine that went down, or lost its disk. */
    public Optional<Vm> endedByHost(Vm vm) {
        return reported(vm.id(), vm.generation(), VmPhase.STOPPED, VmObservation.HOST_SHUTDOWN);
    }

    /** Its host has not answered for longer than its grace. */
    public Optional<Vm> hostLost(VmId id) {
        return change(id, Observing::hostLost);
    }

    private Optional<Vm> reported(
            VmId id, long generation, VmPhase phase, @org.jspecify.annotations.Nullable String reason) {
        VmObservation seen = new VmObservation(
                id, generation, phase, true, Optional.ofNullable(reason), Optional.empty(), Optional.empty());
        return change(id, vm -> Observing.next(vm, seen, clock.instant()));
    }

    private Optional<Vm> change(VmId id, Function<Vm, Optional<Vm>> step) {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            Optional<Vm> before = store.load(id);
            Optional<Vm> wanted = before.flatMap(step);
            if (before.isEmpty() || wanted.isEmpty()) {
                return before;
            }
            Optional<Vm> written = store.replaceLazily(wanted.get());
            if (written.isPresent()) {
                news.tell(before.get(), written.get());
                return written;
            }
        }
        throw new IllegalStateException("VM " + id + " is written too often to get a word in");
    }
}
