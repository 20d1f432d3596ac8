package dev.oriel.api.reconcile;

import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.HostGuess;
import dev.oriel.api.vm.Vm;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Chooses the host of a new VM: of those that answer, have its template ready and have room, the least loaded. */
@Component
class Placement implements HostGuess {
    private static final Logger LOG = LoggerFactory.getLogger(Placement.class);

    private static final Duration FRESH = Duration.ofMillis(500);

    private final Hosts hosts;
    private final ReconcileStore store;
    private volatile Load load = new Load(Map.of(), Long.MIN_VALUE);

    /** What each host has to run, as Postgres said at this time, and what was placed since. */
    private record Load(Map<String, AtomicInteger> running, long nanos) {
        boolean isFresh(long now) {
            return nanos != Long.MIN_VALUE && now - nanos < FRESH.toNanos();
        }

        AtomicInteger on(Host host) {
            return running.computeIfAbsent(host.name().value(), name -> new AtomicInteger());
        }
    }

    Placement(Hosts hosts, ReconcileStore store) {
        this.hosts = hosts;
        this.store = store;
    }

    /**
     * The host for {@code vm}.
     *
     * @throws OrielException {@code HOST_UNREACHABLE}, {@code TEMPLATE_NOT_READY}, {@code INSUFFICIENT_STORAGE} or {@code NO_CAPACITY}
     */
    Host choose(Vm vm) {
        return choose(vm.template());
    }

    @Override
    public Optional<HostName> guess(TemplateName template) {
        try {
            return Optional.of(choose(template).name());
        } catch (OrielException e) {
            LOG.debug("A VM is made without a host", e);
            return Optional.empty();
        }
    }

    private Host choose(TemplateName template) {
        Load known = load;
        if (known.isFresh(System.nanoTime())) {
            try {
                return choose(template, known);
            } catch (OrielException e) {
                LOG.debug("No host by what was counted a moment ago: counted again", e);
            }
        }
        return choose(template, count());
    }

    private Load count() {
        long now = System.nanoTime();
        Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
        store.runningByHost().forEach((host, count) -> counts.put(host, new AtomicInteger(count)));
        Load counted = new Load(counts, now);
        load = counted;
        return counted;
    }

    private Host choose(TemplateName template, Load known) {
        ErrorCode why = ErrorCode.HOST_UNREACHABLE;
        Optional<Candidate> best = Optional.empty();
        for (Host host : hosts.all()) {
            try {
                int running = known.on(host).get();
                if (host.templates().stream().noneMatch(status -> fits(status, template))) {
                    why = ErrorCode.TEMPLATE_NOT_READY;
                } else if (host.info().diskLow()) {
                    why = ErrorCode.INSUFFICIENT_STORAGE;
                } else if (running >= host.info().maxVms()) {
                    why = ErrorCode.NO_CAPACITY;
                } else {
                    Candidate candidate =
                            new Candidate(host, running / (double) host.info().maxVms());
                    best = best.filter(least -> Candidate.BY_LOAD.compare(least, candidate) <= 0)
                            .or(() -> Optional.of(candidate));
                }
            } catch (OrielException e) {
                LOG.debug("Host {} is left out", host.name(), e);
            }
        }
        ErrorCode refusal = why;
        Host chosen = best.map(Candidate::host).orElseThrow(() -> new OrielException(refusal, refusal.title() + "."));
        known.on(chosen).incrementAndGet();
        return chosen;
    }

    private static boolean fits(TemplateStatus status, TemplateName template) {
        return status.name().equals(template) && status.ready();
    }

    private record Candidate(Host host, double load) {
        static final Comparator<Candidate> BY_LOAD = Comparator.comparingDouble(Candidate::load);
    }
}
