package dev.oriel.api.session;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.vm.ConsoleOpener;
import dev.oriel.api.vm.ConsoleView;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.Vms;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.console.TicketKeys;
import dev.oriel.core.console.TicketSigner;
import dev.oriel.core.host.HostName;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Makes console addresses and signs tickets. Thread-safe. */
@Component
public class Consoles implements ConsoleOpener {
    private final Sessions sessions;
    private final ConsoleLeases leases;
    private final TicketSigner signer;
    private final String webSocketBase;
    private final Clock clock;

    Consoles(Sessions sessions, ConsoleLeases leases, ApiConfig config, Clock clock) {
        this.leases = leases;
        this.sessions = sessions;
        this.signer = new TicketSigner(
                config.keys().ticketKeyId(),
                new TicketSignature(TicketKeys.decodePrivate(config.keys().ticketKey())));
        this.webSocketBase = webSocketBase(config.publicUrl());
        this.clock = clock;
    }

    @Override
    public ConsoleView open(Caller caller, Vm vm) {
        ConsolePermission permission = caller.mayChange() ? ConsolePermission.DRIVE : ConsolePermission.VIEW;
        return issue(vm, caller.person(), caller.login(), permission, Optional.empty());
    }

    /** As {@link #open}, for a visitor of a share link of the VM's owner. */
    public ConsoleView openForGuest(Vm vm, ConsolePermission permission, Guest guest) {
        return issue(vm, vm.owner(), guest.login(), permission, Optional.of(guest));
    }

    private ConsoleView issue(Vm vm, UserId user, LoginId login, ConsolePermission permission, Optional<Guest> guest) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Instant expiresAt = now.plus(ConsoleTicket.MAX_LIFETIME);
        TicketId id = TicketId.random();
        leases.take(vm.owner(), id, host(vm));
        String ticket = signer.sign(new ConsoleTicket(
                id,
                host(vm),
                vm.id(),
                user,
                login,
                sessions.open(vm, vm.owner()).id(),
                permission,
                now,
                expiresAt,
                guest));
        return new ConsoleView(url(vm), ticket, expiresAt, id.toString(), page(vm));
    }

    @Override
    public ConsoleView locate(Vm vm) {
        return new ConsoleView(url(vm), null, null, null, page(vm));
    }

    private String url(Vm vm) {
        return webSocketBase + "/vnc/" + host(vm) + "/" + vm.id();
    }

    private static String page(Vm vm) {
        return "/pages/console/" + vm.id();
    }

    private static HostName host(Vm vm) {
        return vm.host().orElseThrow(() -> Vms.conflict(vm, "This VM is on no host."));
    }

    /** {@code https://host:8443} → {@code wss://host:8443}. */
    private static String webSocketBase(URI publicUrl) {
        String text = publicUrl.toString();
        return "ws" + text.substring("http".length());
    }
}
