package dev.oriel.core.console;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.time.Instant;

/** The right to open one console once: for one VM on one host, one user under one login, one permission. */
public record ConsoleTicket(
        TicketId id,
        HostName host,
        VmId vm,
        UserId user,
        LoginId login,
        SessionId session,
        ConsolePermission permission,
        Instant issuedAt,
        Instant expiresAt) {
    /** No ticket lives longer. */
    public static final Duration MAX_LIFETIME = Duration.ofSeconds(30);

    public ConsoleTicket {
        if (!expiresAt.isAfter(issuedAt)
                || Duration.between(issuedAt, expiresAt).compareTo(MAX_LIFETIME) > 0) {
            throw new IllegalArgumentException("a ticket lives at most 30 s");
        }
    }
}
