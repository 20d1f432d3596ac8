package dev.oriel.api.session;

import dev.oriel.api.account.Caller;
import dev.oriel.api.limit.RateLimits;
import dev.oriel.api.vm.ConsoleOpener;
import dev.oriel.api.vm.ConsoleView;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.api.vm.Vms;
import dev.oriel.api.vm.Waking;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /vm/{id}/console}: a ticket to look at and drive one's running VM. */
@RestController
class ConsoleResource {
    private final VmStore vms;
    private final ConsoleOpener consoles;
    private final RateLimits limits;
    private final Waking waking;

    ConsoleResource(VmStore vms, ConsoleOpener consoles, RateLimits limits, Waking waking) {
        this.vms = vms;
        this.consoles = consoles;
        this.limits = limits;
        this.waking = waking;
    }

    @PostMapping("/vm/{id}/console")
    ConsoleView open(Caller caller, @PathVariable VmId id) {
        Vm vm = waking.woken(vms.find(caller.id(), id).orElseThrow(Vms::unknown));
        if (vm.state() != VmState.RUNNING) {
            throw Vms.conflict(vm, "Only a running VM has a console.");
        }
        limits.consoleOpen(caller);
        return consoles.open(caller, vm);
    }
}
