package dev.oriel.core.console;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The right to open one console once: for one VM on one host, one user under one login, one permission.
 *
 * @param user who answers for it: with a guest, the owner of the share link
 * @param login the login it was issued under; with a guest, {@link Guest#login}
 */
public record ConsoleTicket(
        TicketId id,
        HostName host,
        VmId vm,
        UserId user,
        LoginId login,
        SessionId session,
        ConsolePermission permission,
        Instant issuedAt,
        Instant expiresAt,
        Optional<Guest> guest) {
    /** No ticket lives longer. */
    public static final Duration MAX_LIFETIME = Duration.ofSeconds(30);

    /** A ticket of somebody who is signed in. */
    public ConsoleTicket(
            TicketId id,
            HostName host,
            VmId vm,
            UserId user,
            LoginId login,
            SessionId session,
            ConsolePermission permission,
            Instant issuedAt,
            Instant expiresAt) {
        this(id, host, vm, user, login, session, permission, issuedAt, expiresAt, Optional.empty());
    }

    public ConsoleTicket {
        if (!expiresAt.isAfter(issuedAt)
                || Duration.between(issuedAt, expiresAt).compareTo(MAX_LIFETIME) > 0) {
            throw new IllegalArgumentException("a ticket lives at most 30 s");
        }
        if (guest.isPresent() && !guest.get().login().equals(login)) {
            throw new IllegalArgumentException("a guest's ticket belongs to its share link");
        }
    }
}
