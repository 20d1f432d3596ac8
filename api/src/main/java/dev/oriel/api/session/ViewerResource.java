package dev.oriel.api.session;

import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.host.Host;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmStore;
import dev.oriel.api.vm.Vms;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.ShareId;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /vm/{id}/viewers}: who looks at one's VM, who drives it, and who has to go. */
@RestController
@RequestMapping("/vm/{id}/viewers")
class ViewerResource {
    private final VmStore vms;
    private final Hosts hosts;
    private final Accounts accounts;

    ViewerResource(VmStore vms, Hosts hosts, Accounts accounts) {
        this.accounts = accounts;
        this.vms = vms;
        this.hosts = hosts;
    }

    /**
     * An open console in answers.
     *
     * @param name of the account, or what a visitor calls themselves
     * @param share the link that a visitor came by
     * @param mode the most that it may do
     * @param controls whether it was given control: then it alone drives
     * @param drives whether its input reaches the VM now
     */
    record ViewerView(
            TicketId id,
            String name,
            @Nullable ShareId share,
            ConsolePermission mode,
            boolean controls,
            boolean drives,
            Instant openedAt,
            Instant lastInputAt) {
        static ViewerView of(OpenConsole console, String user) {
            return new ViewerView(
                    console.id(),
                    console.guest().map(Guest::name).orElse(user),
                    console.guest().map(Guest::share).orElse(null),
                    console.permission(),
                    console.controls(),
                    console.drives(),
                    console.openedAt(),
                    console.lastInputAt());
        }
    }

    @GetMapping
    List<ViewerView> viewers(Caller caller, @PathVariable VmId id) {
        Vm vm = own(caller, id);
        return vm.host().flatMap(hosts::find).map(Host::consolesNow).orElse(List.of()).stream()
                .filter(console -> console.vm().equals(id))
                .sorted(Comparator.comparing(OpenConsole::openedAt))
                .map(console -> ViewerView.of(console, nameOf(console, caller)))
                .toList();
    }

    @DeleteMapping("/{viewer}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void kick(Caller caller, @PathVariable VmId id, @PathVariable TicketId viewer) {
        host(caller, id).kick(id, viewer);
    }

    @PutMapping("/{viewer}/control")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void giveControl(Caller caller, @PathVariable VmId id, @PathVariable TicketId viewer) {
        host(caller, id).giveControl(id, viewer);
    }

    @DeleteMapping("/{viewer}/control")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void takeControl(Caller caller, @PathVariable VmId id, @PathVariable TicketId viewer) {
        host(caller, id).takeControl(id, viewer);
    }

    /** Members of a team look at the same VM. */
    private String nameOf(OpenConsole console, Caller caller) {
        return console.user().equals(caller.person())
                ? caller.username()
                : accounts.nameOf(console.user()).orElse("");
    }

    private Vm own(Caller caller, VmId id) {
        return vms.find(caller.id(), id).orElseThrow(Vms::unknown);
    }

    private Host host(Caller caller, VmId id) {
        Optional<Host> host = own(caller, id).host().flatMap(hosts::find);
        return host.orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "Nobody looks at this VM."));
    }
}
