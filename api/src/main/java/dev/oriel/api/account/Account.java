package dev.oriel.api.account;

import dev.oriel.core.account.UserId;

/** A person's account, as the database has it; never sent to anybody. */
public record Account(UserId id, String username, Role role, boolean disabled, String passwordHash) {
    @Override
    public String toString() {
        return "Account[" + id + ", " + role + "]";
    }
}
