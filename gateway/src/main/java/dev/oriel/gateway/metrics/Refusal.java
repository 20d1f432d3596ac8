package dev.oriel.gateway.metrics;

import dev.oriel.core.error.ErrorCode;
import java.util.Locale;

/** Why a viewer was turned away before the upgrade: as HTTP answer, and as label of a counter. */
public enum Refusal {
    NOT_FOUND(ErrorCode.NOT_FOUND, 404, "There is no console at this address."),
    BAD_HANDSHAKE(ErrorCode.BAD_REQUEST, 400, "This is not a WebSocket handshake."),
    NOT_WEBSOCKET(ErrorCode.BAD_REQUEST, 426, "A console is opened with a WebSocket upgrade, version 13."),
    ORIGIN(ErrorCode.ORIGIN_REFUSED, 403, "This Origin may not open consoles."),
    NO_TICKET(ErrorCode.TICKET_REFUSED, 403, "A console is opened with exactly one ticket."),
    TICKET_INVALID(ErrorCode.TICKET_REFUSED, 403, "The ticket does not hold."),
    TICKET_EXPIRED(ErrorCode.TICKET_REFUSED, 403, "The ticket has expired."),
    TICKET_FOREIGN(ErrorCode.TICKET_REFUSED, 403, "The ticket is for another console."),
    TICKET_USED(ErrorCode.TICKET_REFUSED, 403, "The ticket was used before."),
    REVOKED(ErrorCode.TICKET_REFUSED, 403, "The access behind this ticket was withdrawn."),
    CONSOLE_LIMIT(ErrorCode.CONSOLE_LIMIT, 429, "This VM has as many consoles as it may."),
    VM_GONE(ErrorCode.VM_GONE, 409, "The VM has no console now."),
    REDIS_AWAY(ErrorCode.UNAVAILABLE, 503, "Tickets cannot be checked now."),
    OVERLOADED(ErrorCode.UNAVAILABLE, 503, "Too many consoles are being opened now.");

    private final ErrorCode code;
    private final int status;
    private final String detail;

    Refusal(ErrorCode code, int status, String detail) {
        this.code = code;
        this.status = status;
        this.detail = detail;
    }

    public ErrorCode code() {
        return code;
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** One sentence for the caller. */
    public String detail() {
        return detail;
    }

    /** The label in metrics: {@code ticket-used}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
