package dev.oriel.api.vm;

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
}
