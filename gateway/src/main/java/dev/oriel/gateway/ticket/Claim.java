package dev.oriel.gateway.ticket;

/** What Redis said about using a ticket up. */
public enum Claim {
    /** It was unused and nothing behind it is revoked: it is this viewer's now. */
    GRANTED,
    USED,
    REVOKED,
    /** Redis did not answer in time: nobody gets in on a guess. */
    UNAVAILABLE
}
