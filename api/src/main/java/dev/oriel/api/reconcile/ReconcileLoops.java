package dev.oriel.api.reconcile;

import dev.oriel.api.host.Hosts;
import dev.oriel.api.loop.Loop;
import dev.oriel.api.vm.VmObservations;
import java.util.ArrayList;
import java.util.List;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Owns the loops of the reconciler and of the watchers of all hosts. */
@Component
class ReconcileLoops implements SmartLifecycle {
    private final Reconciler reconciler;
    private final List<HostWatcher> watchers;
    private volatile List<Loop> loops = List.of();

    ReconcileLoops(Reconciler reconciler, Hosts hosts, VmObservations observations) {
        this.reconciler = reconciler;
        this.watchers = hosts.all().stream()
                .map(host -> new HostWatcher(host, observations, reconciler.nudge()))
                .toList();
    }

    @Override
    public void start() {
        List<Loop> started = new ArrayList<>();
        watchers.forEach(
                watcher -> started.add(Loop.start("watch-" + watcher.host().name(), watcher::turn)));
        started.add(Loop.start("reconciler", () -> reconciler.turn(watchers)));
        loops = List.copyOf(started);
    }

    @Override
    public void stop() {
        loops.forEach(Loop::close);
        loops = List.of();
    }

    @Override
    public boolean isRunning() {
        return !loops.isEmpty();
    }

    @Override
    public int getPhase() {
        return 0;
    }
}
