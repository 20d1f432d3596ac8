package dev.oriel.api.account;

import dev.oriel.core.account.UserId;

/** Ends every way in that an account has open: for administrators who disable it or reset its password. Thread-safe. */
public interface LoginEnd {
    /** All logins, API tokens and consoles of {@code user} are dead within a second. */
    void endEverything(UserId user);
}
