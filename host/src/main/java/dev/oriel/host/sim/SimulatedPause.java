package dev.oriel.host.sim;

import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmPhase;
import java.time.Duration;
import java.util.Optional;

/** When a simulated VM stands still because nobody watches. Guarded by its host's lock. */
final class SimulatedPause {
    private long watchedNanos = System.nanoTime();

    /** Looks who watches; answers whether the VM is seen otherwise since. */
    boolean look(SimulatedVm vm) {
        Optional<Duration> after = vm.assignment().pauseUnwatched();
        boolean runs = vm.phase() == VmPhase.RUNNING && vm.settled();
        boolean watched = vm.console().filter(VncTestServer::isWatched).isPresent();
        if (!runs || watched || after.isEmpty()) {
            watchedNanos = System.nanoTime();
            return runs && vm.isPaused() && vm.goOn();
        }
        boolean due = System.nanoTime() - watchedNanos >= after.get().toNanos();
        if (!due || vm.observation().reason().isPresent()) {
            return false;
        }
        vm.explain(VmObservation.PAUSED_UNWATCHED);
        return true;
    }
}
