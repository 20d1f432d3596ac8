package dev.oriel.api.account;

import dev.oriel.core.account.LoginId;

/** Tells answers that never end whether the login they were opened under still lives. Thread-safe. */
public interface LoginPulse {
    /** Whether the login has neither ended nor been revoked, as of a second ago. */
    boolean alive(LoginId login);
}
