package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.RevocationSource;
import dev.oriel.api.account.Role;
import dev.oriel.api.account.Scope;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.error.ErrorCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of logins. Thread-safe. */
@Component
class LoginStore implements RevocationSource<LoginId> {
    private final JdbcClient sql;

    LoginStore(JdbcClient sql) {
        this.sql = sql;
    }

    /** A login as it stands, with the one refresh token that is good. */
    record Row(
            LoginId id,
            UserId account,
            int number,
            String hash,
            @Nullable String previousHash,
            Instant rotatedAt,
            Instant expiresAt,
            boolean revoked,
            boolean disabled) {}

    /** Why a login ended. */
    enum Why {
        LOGOUT,
        REUSE,
        PASSWORD,
        ADMIN;

        String slug() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What a row of the table is. */
    enum Kind {
        /** Somebody signed in; it has refresh tokens. */
        LOGIN,
        /** An API token. */
        TOKEN;

        String slug() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A living login as its owner sees it. */
    record Seen(LoginId id, String address, String agent, Instant createdAt, Instant lastUsedAt, Instant expiresAt) {}

    void insert(LoginId id, UserId account, String hash, Instant now, Instant expiresAt, String address, String agent) {
        sql.sql("""
                        INSERT INTO login (id, account_id, refresh_number, refresh_hash, rotated_at, expires_at,
                                           created_at, last_used_at, address, user_agent)
                        VALUES (:id, :account, 1, :hash, :now, :expiresAt, :now, :now, :address, :agent)
                        """)
                .param("id", id.value())
                .param("account", account.value())
                .param("hash", hash)
                .param("now", at(now))
                .param("expiresAt", at(expiresAt))
                .param("address", address)
                .param("agent", agent)
                .update();
    }

    /** Reads a login and holds it until the transaction ends: parallel refreshes come one after the other. */
    Optional<Row> lock(LoginId id) {
        return sql.sql("""
                        SELECT login.*, account.disabled FROM login JOIN account ON account.id = login.account_id
                        WHERE login.id = :id AND login.kind = 'login' FOR UPDATE OF login
                        """)
                .param("id", id.value())
                .query((row, number) -> row(row))
                .optional();
    }

    void rotate(LoginId id, int number, String hash, Instant now, Instant expiresAt) {
        sql.sql("""
                        UPDATE login SET previous_hash = refresh_hash, refresh_hash = :hash, refresh_number = :number,
                                         rotated_at = :now, last_used_at = :now, expires_at = :expiresAt
                        WHERE id = :id
                        """)
                .param("hash", hash)
                .param("number", number)
                .param("now", at(now))
                .param("expiresAt", at(expiresAt))
                .param("id", id.value())
                .update();
    }

    /** False when it had ended before. */
    boolean revoke(LoginId id, Why why, Instant now) {
        return sql.sql("UPDATE login SET revoked_at = :now, revoked_why = :why WHERE id = :id AND revoked_at IS NULL")
                        .param("now", at(now))
                        .param("why", why.slug())
                        .param("id", id.value())
                        .update()
                > 0;
    }

    /** False when this account has no such living login. */
    boolean revokeOwn(UserId account, LoginId id, Kind kind, Why why, Instant now) {
        return sql.sql("""
                        UPDATE login SET revoked_at = :now, revoked_why = :why
                        WHERE id = :id AND account_id = :account AND kind = :kind
                              AND revoked_at IS NULL AND expires_at > :now
                        """)
                        .param("now", at(now))
                        .param("why", why.slug())
                        .param("id", id.value())
                        .param("account", account.value())
                        .param("kind", kind.slug())
                        .update()
                > 0;
    }

    /** Ends all logins of an account that are of one of these kinds; gives those that were alive. */
    List<LoginId> revokeAll(UserId account, Collection<Kind> kinds, Optional<LoginId> except, Why why, Instant now) {
        return sql.sql("""
                        UPDATE login SET revoked_at = :now, revoked_why = :why
                        WHERE account_id = :account AND revoked_at IS NULL AND kind IN (:kinds)
                              AND id IS DISTINCT FROM :except
                        RETURNING id
                        """)
                .param("now", at(now))
                .param("why", why.slug())
                .param("account", account.value())
                .param("kinds", kinds.stream().map(Kind::slug).toList())
                .param("except", except.map(LoginId::value).orElse(null), Types.OTHER)
                .query((row, number) -> new LoginId(row.getObject("id", UUID.class)))
                .list();
    }

    /** Where an account is signed in, the last used first. */
    List<Seen> list(UserId account, Instant now, int limit) {
        return sql.sql("""
                        SELECT id, address, user_agent, created_at, last_used_at, expires_at FROM login
                        WHERE account_id = :account AND kind = 'login' AND revoked_at IS NULL AND expires_at > :now
                        ORDER BY last_used_at DESC, id LIMIT :limit
                        """)
                .param("account", account.value())
                .param("now", at(now))
                .param("limit", limit)
                .query((row, number) -> new Seen(
                        new LoginId(row.getObject("id", UUID.class)),
                        row.getString("address"),
                        row.getString("user_agent"),
                        instant(row, "created_at"),
                        instant(row, "last_used_at"),
                        instant(row, "expires_at")))
                .list();
    }

    /** Notes that these were in use a moment ago. */
    void touch(Collection<LoginId> ids, Instant now) {
        sql.sql("UPDATE login SET last_used_at = :now WHERE id IN (:ids) AND last_used_at < :now")
                .param("now", at(now))
                .param("ids", ids.stream().map(LoginId::value).toList())
                .update();
    }

    /** Who is behind a login that is neither ended nor expired, of an account that is not disabled. */
    Optional<Caller> caller(LoginId id, Instant now) {
        return sql.sql("""
                        SELECT account.id, username, role, token_scopes,
                            EXISTS (SELECT 1 FROM team_member WHERE account_id = account.id) AS in_teams
                        FROM login JOIN account ON account.id = login.account_id
                        WHERE login.id = :id AND revoked_at IS NULL AND expires_at > :now AND NOT disabled
                        """)
                .param("id", id.value())
                .param("now", at(now))
                .query((row, number) -> new Caller(
                        new UserId(row.getObject("id", UUID.class)),
                        row.getString("username"),
                        Role.of(row.getString("role")),
                        id,
                        Optional.ofNullable(row.getString("token_scopes")).map(Scope::ofSlugs),
                        row.getBoolean("in_teams")
                                ? Optional.of(new Caller.Membership(
                                        new UserId(row.getObject("id", UUID.class)), Optional.empty()))
                                : Optional.empty()))
                .optional();
    }

    @Override
    public List<LoginId> unannounced(int limit) {
        return sql.sql(
                        "SELECT id FROM login WHERE revoked_at IS NOT NULL AND NOT announced ORDER BY revoked_at LIMIT :limit")
                .param("limit", limit)
                .query((row, number) -> new LoginId(row.getObject("id", UUID.class)))
                .list();
    }

    @Override
    public Revocation revocation(LoginId id) {
        return new Revocation(Revocation.Scope.LOGIN, id.value(), ErrorCode.CONSOLE_REVOKED);
    }

    @Override
    public void markAnnounced(LoginId id) {
        sql.sql("UPDATE login SET announced = true WHERE id = :id")
                .param("id", id.value())
                .update();
    }

    @Override
    public int deleteEnded(Instant before) {
        return sql.sql("DELETE FROM login WHERE expires_at < :before OR (revoked_at < :before AND announced)")
                .param("before", at(before))
                .update();
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                new LoginId(row.getObject("id", UUID.class)),
                new UserId(row.getObject("account_id", UUID.class)),
                row.getInt("refresh_number"),
                row.getString("refresh_hash"),
                row.getString("previous_hash"),
                instant(row, "rotated_at"),
                instant(row, "expires_at"),
                row.getObject("revoked_at") != null,
                row.getBoolean("disabled"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
