package dev.oriel.api.vm;

import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import org.springframework.stereotype.Component;

/** Where VMs run, for what is done to a running VM and not wished of it. Thread-safe. */
@Component
public class RunningVms {
    private final Vms vms;
    private final Hosts hosts;

    RunningVms(Vms vms, Hosts hosts) {
        this.vms = vms;
        this.hosts = hosts;
    }

    /**
     * The host that runs this VM of {@code owner}.
     *
     * @throws OrielException {@code NOT_FOUND} when it is not theirs, {@code STATE_CONFLICT} unless it runs
     */
    public Host hostOf(UserId owner, VmId id) {
        Vm vm = vms.show(owner, id);
        if (vm.state() != VmState.RUNNING) {
            throw Vms.conflict(vm, "This works while the VM runs.");
        }
        return vm.host()
                .flatMap(hosts::find)
                .orElseThrow(() -> new OrielException(ErrorCode.HOST_UNREACHABLE, "This host is not configured."));
    }
}
