package dev.oriel.api.vm;

import dev.oriel.core.vm.VmState;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Brings back a VM that was suspended because nobody watched it: somebody wants to. Thread-safe. */
@Component
public class Waking {
    /** A resume takes a third of a second; one that waits for a suspension to end first, twice that. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Vms vms;
    private final VmStore store;
    private final VmWaiters waiters;

    Waking(Vms vms, VmStore store, VmWaiters waiters) {
        this.vms = vms;
        this.store = store;
        this.waiters = waiters;
    }

    /** The VM as it is once it runs, when it is one that comes back by itself; else as it is. */
    public Vm woken(Vm vm) {
        if (vm.whenUnwatched() != WhenUnwatched.SUSPEND || !isAside(vm)) {
            return vm;
        }
        Vm aside = await(vm, VmState.SUSPENDED);
        return aside.state() == VmState.SUSPENDED
                ? await(vms.resume(aside.owner(), aside.id()), VmState.RUNNING)
                : aside;
    }

    private Vm await(Vm vm, VmState wanted) {
        return waiters.await(
                        vm.id(),
                        () -> store.load(vm.id()),
                        now -> now.state() == wanted || !(isAside(now) || now.state() == VmState.STARTING),
                        LIMIT)
                .orElse(vm);
    }

    private static boolean isAside(Vm vm) {
        return vm.state() == VmState.SUSPENDED || vm.state() == VmState.SUSPENDING;
    }
}
