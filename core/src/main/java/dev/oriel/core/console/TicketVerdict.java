package dev.oriel.core.console;

/** What a {@link TicketVerifier} found. Being unused is not its business: the gateway claims a good ticket in Redis. */
public sealed interface TicketVerdict {
    record Good(ConsoleTicket ticket) implements TicketVerdict {}

    /** {@code why} is for logs and metrics ({@code malformed}, {@code unknown-key}, {@code bad-signature}, {@code expired}, {@code not-yet}). */
    record Refused(String why) implements TicketVerdict {}
}
