package dev.oriel.core.console;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;
import java.time.Instant;

/**
 * One open console as its gateway lists it: {@code GET /consoles} on the gateway's own port with {@code
 * Authorization: Bearer <gateway secret>} answers an array of these. The API polls it for viewer counts.
 */
public record OpenConsole(
        VmId vm,
        UserId user,
        LoginId login,
        SessionId session,
        ConsolePermission permission,
        Instant openedAt,
        Instant lastInputAt) {
    /** The path of the list. */
    public static final String PATH = "/consoles";
}
