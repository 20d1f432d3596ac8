package dev.oriel.api.vm;

import dev.oriel.api.account.Caller;

/** Opens consoles of running VMs. Thread-safe. */
public interface ConsoleOpener {
    /** Where the console of {@code vm} is, with a fresh ticket for {@code caller}; the VM runs and is the caller's. */
    ConsoleView open(Caller caller, Vm vm);

    /** Where the console of {@code vm} is, without a ticket. */
    ConsoleView locate(Vm vm);
}
