package dev.oriel.api.account;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.util.Optional;
import java.util.Set;

/**
 * The account on whose behalf a request runs, proved by its token. A controller method that takes one refuses anonymous
 * requests with 401; one that takes an {@code Optional<Caller>} serves both.
 *
 * @param role what the caller may do here: a plain user's for an API token without the scope {@code admin}
 * @param login the login or API token that the request came with: tickets carry it, so that its end closes consoles
 * @param scopes what an API token is limited to; empty for somebody who signed in with a password
 */
public record Caller(UserId id, String username, Role role, LoginId login, Optional<Set<Scope>> scopes) {
    public Caller {
        scopes = scopes.map(Set::copyOf);
        if (scopes.isPresent() && !scopes.get().contains(Scope.ADMIN)) {
            role = Role.USER;
        }
    }

    /** Whether the caller may see what belongs to {@code owner}: its own, or anything as an administrator. */
    public boolean maySee(UserId owner) {
        return id.equals(owner) || role == Role.ADMIN;
    }

    /** Whether the request may do what this scope stands for. */
    public boolean may(Scope scope) {
        return scopes.isEmpty() || scopes.get().contains(scope);
    }

    /** Stops here with 403 unless the caller has at least this role. */
    public void require(Role needed) {
        if (!role.atLeast(needed)) {
            throw new OrielException(ErrorCode.FORBIDDEN, "This needs the role " + needed.slug() + ".");
        }
    }
}
