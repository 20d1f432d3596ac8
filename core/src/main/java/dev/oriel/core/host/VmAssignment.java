package dev.oriel.core.host;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmSpec;

/**
 * What the API wants of one VM on one host. Level-triggered: the same assignment may come any number of times.
 *
 * @param force with goal stopped or deleted: do not wait for the guest to power down
 * @param generation grows by one with every change of wish; a host refuses one lower than it has seen
 */
public record VmAssignment(VmSpec spec, VmGoal goal, boolean force, long generation) {
    public VmAssignment {
        if (generation < 1) {
            throw new IllegalArgumentException("generations start at 1");
        }
    }
}
