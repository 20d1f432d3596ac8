package dev.oriel.api.host;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /hosts}: how the hosts are, for operators. */
@RestController
class HostResource {
    private final Hosts hosts;

    HostResource(Hosts hosts) {
        this.hosts = hosts;
    }

    /** What a host says about itself: units as in {@code GET /auth/me}. */
    record HostState(
            String accelerator,
            String qemuVersion,
            int cpus,
            int memoryMiB,
            int memoryFreeMiB,
            long diskFreeBytes,
            int vms,
            int maxVms) {
        static HostState of(HostInfo info) {
            return new HostState(
                    info.accelerator(),
                    info.qemuVersion(),
                    info.cpus(),
                    info.memory().toMiB(),
                    info.memoryFree().toMiB(),
                    info.diskFree().value(),
                    info.vms(),
                    info.maxVms());
        }
    }

    /**
     * A host in answers.
     *
     * @param state null while it does not answer
     * @param consoles open on its gateway
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record HostView(
            String name,
            boolean answers,
            int consoles,
            @Nullable HostState state) {
        static HostView of(Host host) {
            try {
                HostState state = HostState.of(host.info());
                return new HostView(host.name().value(), true, host.consoles().size(), state);
            } catch (OrielException e) {
                return new HostView(host.name().value(), false, 0, null);
            }
        }
    }

    @GetMapping("/hosts")
    List<HostView> list(Caller caller) {
        caller.require(Role.OPERATOR);
        return hosts.all().stream().map(HostView::of).toList();
    }
}
