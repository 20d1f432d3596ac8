package dev.oriel.api.team;

import dev.oriel.api.account.Delegation.Acting;
import dev.oriel.api.account.TeamRole;
import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of members, and what of the table of accounts is teams. Thread-safe. */
@Component
class TeamStore {
    private static final String TEAMS = """
            SELECT account.id, account.username, account.created_at, mine.role,
                   (SELECT count(*) FROM team_member WHERE team_id = account.id) AS members
            FROM account LEFT JOIN team_member mine ON mine.team_id = account.id AND mine.account_id = :person
            WHERE account.kind = 'team' AND NOT account.disabled
            """;

    private final JdbcClient sql;

    TeamStore(JdbcClient sql) {
        this.sql = sql;
    }

    /** Inserts a team; a name in use is a {@code DuplicateKeyException}. */
    void insert(UserId id, String name, String nameKey) {
        sql.sql("""
                        INSERT INTO account (id, username, username_key, password_hash, role, kind)
                        VALUES (:id, :name, :key, '', 'user', 'team')
                        """)
                .param("id", id.value())
                .param("name", name)
                .param("key", nameKey)
                .update();
    }

    /** Renames a team; a name in use is a {@code DuplicateKeyException}. */
    void rename(UserId id, String name, String nameKey) {
        sql.sql("UPDATE account SET username = :name, username_key = :key WHERE id = :id AND kind = 'team'")
                .param("id", id.value())
                .param("name", name)
                .param("key", nameKey)
                .update();
    }

    /** Locks the team: what is found out about it stays true until the transaction ends. */
    void lock(UserId id) {
        sql.sql("SELECT id FROM account WHERE id = :id AND kind = 'team' FOR UPDATE")
                .param("id", id.value())
                .query(UUID.class)
                .optional();
    }

    /** Teams by name, with what {@code person} is in them; without {@code all} only those that the person is in. */
    List<Team> list(UserId person, boolean all) {
        return sql.sql(TEAMS + " AND (:all OR mine.role IS NOT NULL) ORDER BY account.username_key LIMIT 1000")
                .param("person", person.value())
                .param("all", all)
                .query((row, number) -> team(row))
                .list();
    }

    Optional<Team> find(UserId person, UserId id) {
        return sql.sql(TEAMS + " AND account.id = :id")
                .param("person", person.value())
                .param("id", id.value())
                .query((row, number) -> team(row))
                .optional();
    }

    Optional<TeamRole> role(UserId person, UserId team) {
        return sql.sql("SELECT role FROM team_member WHERE team_id = :team AND account_id = :person")
                .param("team", team.value())
                .param("person", person.value())
                .query((row, number) -> TeamRole.of(row.getString(1)))
                .optional();
    }

    Optional<Acting> owning(UserId person, VmId vm) {
        return sql.sql("""
                        SELECT team_id, role FROM vm
                        JOIN team_member ON team_id = vm.owner_id AND account_id = :person
                        WHERE vm.id = :vm AND vm.state <> 'deleted'
                        """)
                .param("person", person.value())
                .param("vm", vm.value())
                .query((row, number) ->
                        new Acting(new UserId(row.getObject(1, UUID.class)), TeamRole.of(row.getString(2))))
                .optional();
    }

    List<Team.Member> members(UserId team) {
        return sql.sql("""
                        SELECT account.id, username, team_member.role, since FROM team_member
                        JOIN account ON account.id = account_id
                        WHERE team_id = :team ORDER BY username_key
                        """)
                .param("team", team.value())
                .query((row, number) -> new Team.Member(
                        new UserId(row.getObject(1, UUID.class)),
                        row.getString(2),
                        TeamRole.of(row.getString(3)),
                        row.getObject(4, OffsetDateTime.class).toInstant()))
                .list();
    }

    /** The person of this name who can sign in. */
    Optional<UserId> person(String nameKey) {
        return sql.sql("SELECT id FROM account WHERE username_key = :key AND kind = 'person' AND NOT disabled")
                .param("key", nameKey)
                .query((row, number) -> new UserId(row.getObject(1, UUID.class)))
                .optional();
    }

    void put(UserId team, UserId person, TeamRole role) {
        sql.sql("""
                        INSERT INTO team_member (team_id, account_id, role) VALUES (:team, :person, :role)
                        ON CONFLICT (team_id, account_id) DO UPDATE SET role = excluded.role
                        """)
                .param("team", team.value())
                .param("person", person.value())
                .param("role", role.slug())
                .update();
    }

    boolean remove(UserId team, UserId person) {
        return sql.sql("DELETE FROM team_member WHERE team_id = :team AND account_id = :person")
                        .param("team", team.value())
                        .param("person", person.value())
                        .update()
                > 0;
    }

    boolean hasManager(UserId team) {
        return sql.sql("SELECT EXISTS (SELECT 1 FROM team_member WHERE team_id = :team AND role = 'manager')")
                .param("team", team.value())
                .query(Boolean.class)
                .single();
    }

    /** Whether something is there that would have no owner. */
    boolean owns(UserId team) {
        return sql.sql("""
                        SELECT EXISTS (SELECT 1 FROM vm WHERE owner_id = :team AND state <> 'deleted')
                            OR EXISTS (SELECT 1 FROM upload WHERE owner_id = :team)
                            OR EXISTS (SELECT 1 FROM template WHERE owner_id = :team)
                        """).param("team", team.value()).query(Boolean.class).single();
    }

    /** What it used stays on record, so its row does; the name is free again. */
    void retire(UserId team) {
        sql.sql("DELETE FROM team_member WHERE team_id = :team")
                .param("team", team.value())
                .update();
        sql.sql("""
                        UPDATE account SET disabled = true, username_key = 'gone:' || id WHERE id = :team AND kind = 'team'
                        """).param("team", team.value()).update();
    }

    private static Team team(ResultSet row) throws SQLException {
        return new Team(
                new UserId(row.getObject("id", UUID.class)),
                row.getString("username"),
                Optional.ofNullable(row.getString("role")).map(TeamRole::of),
                row.getInt("members"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
