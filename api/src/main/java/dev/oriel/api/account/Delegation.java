package dev.oriel.api.account;

import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;
import java.util.Optional;

/** Whom people act for beside themselves. Asked about every request of somebody who belongs to a team. Thread-safe. */
public interface Delegation {
    /** What {@code person} is in this team; empty when it is none of theirs. */
    Optional<TeamRole> role(UserId person, UserId team);

    /** The team of {@code person} that owns this VM. */
    Optional<Acting> owning(UserId person, VmId vm);

    /** A team and what somebody is in it. */
    record Acting(UserId team, TeamRole role) {}
}
