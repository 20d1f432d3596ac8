package dev.oriel.api.expiry;

import dev.oriel.api.host.Host;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which VMs somebody looks at.
 *
 * @param vms with an open console
 * @param unknown hosts whose gateway does not say
 */
record Watched(Set<VmId> vms, Set<HostName> unknown) {
    static Watched on(Collection<Host> hosts) {
        Set<VmId> vms = new HashSet<>();
        Set<HostName> unknown = new HashSet<>();
        for (Host host : hosts) {
            Optional<List<OpenConsole>> consoles = host.knownConsoles();
            consoles.ifPresentOrElse(
                    open -> open.forEach(console -> vms.add(console.vm())), () -> unknown.add(host.name()));
        }
        return new Watched(vms, unknown);
    }

    /** A gateway that is silent may hold consoles: nobody loses a desktop because it restarts. */
    boolean mayBe(Candidate vm) {
        return vms.contains(vm.id()) || vm.host().filter(unknown::contains).isPresent();
    }
}
