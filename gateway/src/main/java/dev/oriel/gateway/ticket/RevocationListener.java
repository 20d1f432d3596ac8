package dev.oriel.gateway.ticket;

import dev.oriel.core.console.Revocation;

/** Hears what is withdrawn. Called on Redis threads: must not block. */
public interface RevocationListener {
    void revoked(Revocation revocation);

    /** Revocations may have been missed until now: ask for each open console. */
    void heardAgain();
}
