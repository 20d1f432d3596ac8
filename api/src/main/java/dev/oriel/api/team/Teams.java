package dev.oriel.api.team;

import dev.oriel.api.account.AccountAdmin;
import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Delegation;
import dev.oriel.api.account.QuotaKind;
import dev.oriel.api.account.RevocationChannel;
import dev.oriel.api.account.Role;
import dev.oriel.api.account.TeamRole;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Who belongs to which team. Administrators make teams and say what they may have; managers say who belongs to them. To
 * everybody else a team is not there. Thread-safe.
 */
@Component
class Teams implements Delegation {
    private static final Logger LOG = LoggerFactory.getLogger(Teams.class);
    /** How long a request for a ticket takes at most. */
    private static final Duration UNDER_WAY = Duration.ofSeconds(3);

    private final TeamStore store;
    private final AccountAdmin admin;
    private final AuditLog audit;
    private final RevocationChannel revocations;
    private final TransactionTemplate transactions;
    private final Clock clock;

    Teams(
            TeamStore store,
            AccountAdmin admin,
            AuditLog audit,
            RevocationChannel revocations,
            TransactionTemplate transactions,
            Clock clock) {
        this.store = store;
        this.admin = admin;
        this.audit = audit;
        this.revocations = revocations;
        this.transactions = transactions;
        this.clock = clock;
    }

    @Override
    public Optional<TeamRole> role(UserId person, UserId team) {
        return store.role(person, team);
    }

    @Override
    public Optional<Acting> owning(UserId person, VmId vm) {
        return store.owning(person, vm);
    }

    /** The caller's teams, or for an administrator who asks for them all. */
    List<Team> list(Caller caller, boolean all) {
        if (all) {
            caller.require(Role.ADMIN);
        }
        return store.list(caller.person(), all);
    }

    /**
     * A team that the caller belongs to, or administrates.
     *
     * @throws OrielException not-found
     */
    Team show(Caller caller, UserId id) {
        return store.find(caller.person(), id)
                .filter(team -> team.role().isPresent() || caller.role() == Role.ADMIN)
                .orElseThrow(Teams::unknown);
    }

    /**
     * Makes a team with its first manager.
     *
     * @throws OrielException forbidden, name-in-use, or bad-request when there is no such manager
     */
    Team make(Caller caller, String name, Optional<String> manager) {
        caller.require(Role.ADMIN);
        String shown = Accounts.checkedName("name", name);
        UserId first = manager.map(this::person).orElse(caller.person());
        UserId id = UserId.random();
        named(() -> {
            store.insert(id, shown, Accounts.nameKey(shown));
            store.put(id, first, TeamRole.MANAGER);
            audit.record(Act.TEAM_MADE, Optional.of(caller.person()), Optional.of(id), shown);
        });
        return show(caller, id);
    }

    /** Renames it, or as an administrator says what it may have. */
    Team change(Caller caller, UserId id, Optional<String> name, Map<QuotaKind, OptionalLong> quota) {
        managed(caller, id);
        if (!quota.isEmpty()) {
            caller.require(Role.ADMIN);
        }
        Optional<String> shown = name.map(text -> Accounts.checkedName("name", text));
        named(() -> {
            shown.ifPresent(text -> store.rename(id, text, Accounts.nameKey(text)));
            admin.setQuota(id, quota);
            audit.record(
                    Act.TEAM_CHANGED,
                    Optional.of(caller.person()),
                    Optional.of(id),
                    shown.orElse("") + (quota.isEmpty() ? "" : " quota"));
        });
        return show(caller, id);
    }

    /**
     * Ends a team.
     *
     * @throws OrielException state-conflict while it has VMs, files or templates
     */
    void delete(Caller caller, UserId id) {
        managed(caller, id);
        transactions.executeWithoutResult(_ -> {
            store.lock(id);
            if (store.owns(id)) {
                throw new OrielException(
                        ErrorCode.STATE_CONFLICT, "This team has VMs, files or templates: delete them first.");
            }
            store.retire(id);
            audit.record(Act.TEAM_DELETED, Optional.of(caller.person()), Optional.of(id), "");
        });
    }

    List<Team.Member> members(Caller caller, UserId id) {
        show(caller, id);
        return store.members(id);
    }

    /** Takes somebody in, or gives a member another role. */
    Team.Member put(Caller caller, UserId id, String username, TeamRole role) {
        managed(caller, id);
        UserId person = person(username);
        boolean less = role == TeamRole.VIEWER
                && store.role(person, id)
                        .filter(now -> now.atLeast(TeamRole.MEMBER))
                        .isPresent();
        transactions.executeWithoutResult(_ -> {
            store.lock(id);
            store.put(id, person, role);
            requireManager(id);
            audit.record(
                    Act.MEMBER_SET, Optional.of(caller.person()), Optional.of(person), role.slug() + " of team " + id);
        });
        if (less) {
            cutConsoles(person);
        }
        return store.members(id).stream()
                .filter(member -> member.id().equals(person))
                .findFirst()
                .orElseThrow(Teams::unknown);
    }

    /** Sends a member away; anybody may leave. */
    void remove(Caller caller, UserId id, UserId person) {
        if (!person.equals(caller.person())) {
            managed(caller, id);
        } else {
            show(caller, id);
        }
        transactions.executeWithoutResult(_ -> {
            store.lock(id);
            if (!store.remove(id, person)) {
                throw new OrielException(ErrorCode.NOT_FOUND, "There is no such member.");
            }
            requireManager(id);
            audit.record(Act.MEMBER_REMOVED, Optional.of(caller.person()), Optional.of(person), "team " + id);
        });
        cutConsoles(person);
    }

    /**
     * What this person has open may be of a VM of the team: all of it closes. Tickets of the next moments are meant, too:
     * some may be for requests that were judged before.
     */
    private void cutConsoles(UserId person) {
        Instant before = clock.instant().plus(UNDER_WAY);
        try {
            revocations.publish(new Revocation(
                    Revocation.Scope.USER, person.value(), ErrorCode.CONSOLE_REVOKED, Optional.of(before)));
        } catch (DataAccessException e) {
            LOG.warn("Consoles of somebody who left a team stay open: Redis does not answer");
        }
    }

    private void requireManager(UserId id) {
        if (!store.hasManager(id)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "This is the last manager: make another first.");
        }
    }

    private Team managed(Caller caller, UserId id) {
        Team team = show(caller, id);
        if (caller.role() != Role.ADMIN
                && team.role().filter(TeamRole.MANAGER::equals).isEmpty()) {
            throw new OrielException(ErrorCode.FORBIDDEN, "This needs a manager of the team.");
        }
        return team;
    }

    private UserId person(String username) {
        return store.person(Accounts.nameKey(username))
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "There is nobody of this name."));
    }

    private void named(Runnable work) {
        try {
            transactions.executeWithoutResult(_ -> work.run());
        } catch (DuplicateKeyException e) {
            throw new OrielException(ErrorCode.NAME_IN_USE, "An account or team has this name already.", e);
        }
    }

    private static OrielException unknown() {
        return new OrielException(ErrorCode.NOT_FOUND, "There is no such team.");
    }
}
