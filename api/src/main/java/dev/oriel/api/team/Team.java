package dev.oriel.api.team;

import dev.oriel.api.account.TeamRole;
import dev.oriel.core.account.UserId;
import java.time.Instant;
import java.util.Optional;

/**
 * A team as somebody sees it.
 *
 * @param role of whoever looks; empty for an administrator who does not belong to it
 */
record Team(UserId id, String name, Optional<TeamRole> role, int members, Instant createdAt) {
    /** Somebody who acts for the team. */
    record Member(UserId id, String username, TeamRole role, Instant since) {}
}
