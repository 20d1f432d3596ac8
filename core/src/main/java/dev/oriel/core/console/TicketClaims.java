package dev.oriel.core.console;

/** Where a ticket's single use is recorded: {@code SET key 1 NX PX …} in Redis; whoever sets it first has it. */
public final class TicketClaims {
    private TicketClaims() {}

    public static String key(TicketId id) {
        return "oriel:ticket:" + id;
    }
}
