package dev.oriel.api.vm;

import dev.oriel.core.vm.VmEvent;
import dev.oriel.core.vm.VmLifecycle;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The verbs that the API offers for a VM: those of the lifecycle table that it can do today. */
final class VmActions {
    private static final Set<VmEvent> OFFERED = EnumSet.of(
            VmEvent.START,
            VmEvent.STOP,
            VmEvent.RESTART,
            VmEvent.RESET,
            VmEvent.SUSPEND,
            VmEvent.RESUME,
            VmEvent.FORK,
            VmEvent.SNAPSHOT,
            VmEvent.DELETE);

    private VmActions() {}

    static List<String> of(Vm vm) {
        return VmLifecycle.allowed(vm.state()).stream()
                .filter(OFFERED::contains)
                .map(VmEvent::word)
                .toList();
    }
}
