package dev.oriel.api.account;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;

/**
 * The account on whose behalf a request runs, proved by its token. A controller method that takes one refuses anonymous
 * requests with 401; one that takes an {@code Optional<Caller>} serves both.
 *
 * @param login the login that the token belongs to: tickets carry it, so that logging out closes consoles
 */
public record Caller(UserId id, String username, Role role, LoginId login) {
    /** Whether the caller may see what belongs to {@code owner}: its own, or anything as an administrator. */
    public boolean maySee(UserId owner) {
        return id.equals(owner) || role == Role.ADMIN;
    }

    /** Stops here with 403 unless the caller has at least this role. */
    public void require(Role needed) {
        if (!role.atLeast(needed)) {
            throw new OrielException(ErrorCode.FORBIDDEN, "This needs the role " + needed.slug() + ".");
        }
    }
}
