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
 * @param id whose VMs and files the request is about: the person's own, or the team's that the person acts for
 * @param username the person's
 * @param role what the caller may do here: a plain user's for an API token without the scope {@code admin}
 * @param login the login or API token that the request came with: tickets carry it, so that its end closes consoles
 * @param scopes what an API token is limited to; empty for somebody who signed in with a password
 * @param teams who it is, if that is a member of a team
 */
public record Caller(
        UserId id, String username, Role role, LoginId login, Optional<Set<Scope>> scopes, Optional<Membership> teams) {
    /**
     * Somebody who belongs to teams.
     *
     * @param role in the team that the request is about; empty when it is about the person's own
     */
    public record Membership(UserId person, Optional<TeamRole> role) {}

    public Caller {
        scopes = scopes.map(Set::copyOf);
        if (scopes.isPresent() && !scopes.get().contains(Scope.ADMIN)) {
            role = Role.USER;
        }
    }

    /** Who it is, whoever the request is about. */
    public UserId person() {
        return teams.map(Membership::person).orElse(id);
    }

    /** The same person acting for a team. */
    public Caller actingFor(UserId team, TeamRole teamRole) {
        return new Caller(
                team, username, role, login, scopes, Optional.of(new Membership(person(), Optional.of(teamRole))));
    }

    /** Whether the request is about what a team owns. */
    public boolean actsForTeam() {
        return teams.flatMap(Membership::role).isPresent();
    }

    /** Whether the caller may change what it looks at, as far as its role in a team says. */
    public boolean mayChange() {
        return teams.flatMap(Membership::role)
                .map(teamRole -> teamRole.atLeast(TeamRole.MEMBER))
                .orElse(true);
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
