package dev.oriel.api.reconcile;

import dev.oriel.api.host.Hosts;
import dev.oriel.api.loop.Loop;
import dev.oriel.api.loop.LoopOwner;
import dev.oriel.api.vm.VmObservations;
import java.util.ArrayList;
import java.util.List;
import org.springframework.stereotype.Component;

/** Owns the loops of the reconciler and of the watchers of all hosts. */
@Component
class ReconcileLoops extends LoopOwner {
    private final Reconciler reconciler;
    private final List<HostWatcher> watchers;

    ReconcileLoops(Reconciler reconciler, Hosts hosts, VmObservations observations) {
        this.reconciler = reconciler;
        this.watchers = hosts.all().stream()
                .map(host -> new HostWatcher(host, observations, reconciler.nudge()))
                .toList();
    }

    @Override
    protected List<Loop> startLoops() {
        List<Loop> started = new ArrayList<>();
        watchers.forEach(
                watcher -> started.add(Loop.start("watch-" + watcher.host().name(), watcher::turn)));
        started.add(Loop.start("reconciler", () -> reconciler.turn(watchers)));
        return List.copyOf(started);
    }
}
