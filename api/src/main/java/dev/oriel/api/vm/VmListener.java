package dev.oriel.api.vm;

import java.util.List;
import java.util.Optional;

/** Hears of changes to VMs. */
public interface VmListener {
    /** A VM has changed, here or on another replica. Must be quick; versions may come out of order: see the revision. */
    default void heard(Vm now) {}

    /**
     * This process has changed a VM: called once per write, in the order of writes, on a thread that may block. Where
     * the effects of a change belong.
     */
    default void wrote(Optional<Vm> before, Vm now) {}

    /** A write: what a VM has become, and what it was; empty: made. */
    record Written(Optional<Vm> before, Vm now) {
        /** Whether it has got to another state. */
        public boolean moved() {
            return before.filter(vm -> vm.state() == now.state()).isEmpty();
        }
    }

    /** As {@link #wrote(Optional, Vm)}, for all that came together, in order: for whoever can do many at the price of one. */
    default void wrote(List<Written> some) {
        some.forEach(one -> wrote(one.before(), one.now()));
    }
}
