package dev.oriel.core.vm;

import java.util.Set;

/** The answer of the lifecycle table to one command in one state. */
public sealed interface Outcome {
    /** The command is good here; {@code to} may equal the old state when only something beside it changes. */
    record Moved(VmState to) implements Outcome {}

    /** Nothing to do: the VM is there or on its way. A repeat is never an error. */
    record AlreadyThere(VmState state) implements Outcome {}

    /** The state forbids it; {@code allowed} lists the verbs that would be good now. */
    record Denied(VmState state, VmEvent event, Set<VmEvent> allowed) implements Outcome {}
}
