package dev.oriel.gateway.console;

import dev.oriel.core.vm.VmId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who drives which VM. Nobody having control, every console that may drive does; one that was given control drives
 * alone until it leaves or gives it back. A ticket that only looks never drives. Thread-safe.
 */
public final class ConsoleControl {
    private final ConsoleRegistry registry;
    private final Map<VmId, Console> holders = new ConcurrentHashMap<>();

    ConsoleControl(ConsoleRegistry registry) {
        this.registry = registry;
    }

    /** Gives control to {@code console}; false when it may only look. */
    public boolean give(Console console) {
        if (!console.mayDrive()) {
            return false;
        }
        VmId vm = console.ticket().vm();
        holders.put(vm, console);
        if (!console.isOpen()) {
            // It left meanwhile, and may have done so before it was put in.
            holders.remove(vm, console);
        }
        tellAll(vm);
        return true;
    }

    /** Takes control from {@code console}: everybody who may drive does again. Harmless when it has none. */
    public void takeFrom(Console console) {
        if (holders.remove(console.ticket().vm(), console)) {
            tellAll(console.ticket().vm());
        }
    }

    void entered(Console console) {
        tell(console);
    }

    void left(Console console) {
        takeFrom(console);
    }

    private void tellAll(VmId vm) {
        registry.forEach(console -> {
            if (console.ticket().vm().equals(vm)) {
                tell(console);
            }
        });
    }

    private void tell(Console console) {
        Console holder = holders.get(console.ticket().vm());
        console.steer(holder == console, holder == null || holder == console);
    }
}
