package dev.oriel.api.account;

import dev.oriel.core.account.UserId;

/** What administrators may do about somebody's second factor. Thread-safe. */
public interface SecondFactors {
    /** For somebody who lost the authenticator and all recovery codes; false when there was none. */
    boolean remove(UserId user);
}
