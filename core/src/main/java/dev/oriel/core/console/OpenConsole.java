package dev.oriel.core.console;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;
import java.time.Instant;
import java.util.Optional;

/**
 * One open console as its gateway lists it: {@code GET /consoles} on the gateway's own port with {@code
 * Authorization: Bearer <gateway secret>} answers an array of these. With the same credential {@code DELETE
 * /consoles/<vm>/<id>} ends one, {@code PUT …/control} lets it alone drive, and {@code DELETE …/control} takes that back:
 * 204, 404 when it is not open, 409 when it may only look.
 *
 * @param id of the ticket it was opened with
 * @param permission the most that it may ever do
 * @param controls whether it was given control: then no other console of the VM drives
 * @param drives whether its input reaches the VM now
 */
public record OpenConsole(
        TicketId id,
        VmId vm,
        UserId user,
        LoginId login,
        SessionId session,
        ConsolePermission permission,
        boolean controls,
        boolean drives,
        Instant openedAt,
        Instant lastInputAt,
        Optional<Guest> guest) {
    /** The path of the list. */
    public static final String PATH = "/consoles";

    /** The path of one console. */
    public static String path(VmId vm, TicketId id) {
        return PATH + "/" + vm + "/" + id;
    }

    /** The path of a console's control. */
    public static String controlPath(VmId vm, TicketId id) {
        return path(vm, id) + "/control";
    }
}
