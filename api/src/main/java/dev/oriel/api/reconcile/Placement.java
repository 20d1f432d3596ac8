package dev.oriel.api.reconcile;

import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.Vm;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateStatus;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Chooses the host of a new VM: of those that answer, have its template ready and have room, the least loaded. */
@Component
class Placement {
    private static final Logger LOG = LoggerFactory.getLogger(Placement.class);

    private final Hosts hosts;
    private final ReconcileStore store;

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
        Map<String, Integer> load = store.runningByHost();
        ErrorCode why = ErrorCode.HOST_UNREACHABLE;
        Optional<Candidate> best = Optional.empty();
        for (Host host : hosts.all()) {
            try {
                int running = load.getOrDefault(host.name().value(), 0);
                if (host.templates().stream().noneMatch(status -> fits(status, vm))) {
                    why = ErrorCode.TEMPLATE_NOT_READY;
                } else if (host.info().diskLow()) {
                    why = ErrorCode.INSUFFICIENT_STORAGE;
                } else if (running >= host.info().maxVms()) {
                    why = ErrorCode.NO_CAPACITY;
                } else {
                    Candidate candidate =
                            new Candidate(host, running / (double) host.info().maxVms());
                    best = best.filter(known -> Candidate.BY_LOAD.compare(known, candidate) <= 0)
                            .or(() -> Optional.of(candidate));
                }
            } catch (OrielException e) {
                LOG.debug("Host {} is left out", host.name(), e);
            }
        }
        ErrorCode refusal = why;
        return best.map(Candidate::host).orElseThrow(() -> new OrielException(refusal, refusal.title() + "."));
    }

    private static boolean fits(TemplateStatus status, Vm vm) {
        return status.name().equals(vm.template()) && status.ready();
    }

    private record Candidate(Host host, double load) {
        static final Comparator<Candidate> BY_LOAD = Comparator.comparingDouble(Candidate::load);
    }
}
