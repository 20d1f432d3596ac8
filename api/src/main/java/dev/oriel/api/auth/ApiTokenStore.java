package dev.oriel.api.auth;

import dev.oriel.api.account.Scope;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The API tokens among the logins. Thread-safe. */
@Component
class ApiTokenStore {
    private final JdbcClient sql;

    ApiTokenStore(JdbcClient sql) {
        this.sql = sql;
    }

    /**
     * A token as its owner sees it afterwards.
     *
     * @param hint its last characters
     */
    record Entry(
            LoginId id,
            String name,
            String hint,
            Set<Scope> scopes,
            Instant createdAt,
            Instant lastUsedAt,
            Instant expiresAt) {}

    /** False when the account has {@code limit} tokens already. Holds the account's row: parallel calls are counted. */
    boolean insert(UserId account, Entry entry, String hash, String address, String agent, int limit) {
        sql.sql("SELECT id FROM account WHERE id = :account FOR NO KEY UPDATE")
                .param("account", account.value())
                .query(UUID.class)
                .single();
        return sql.sql("""
                        INSERT INTO login (id, account_id, kind, token_hash, token_name, token_hint, token_scopes,
                                           created_at, last_used_at, expires_at, address, user_agent)
                        SELECT :id, :account, 'token', :hash, :name, :hint, :scopes, :now, :now, :expiresAt, :address, :agent
                        WHERE :limit > (SELECT count(*) FROM login WHERE account_id = :account AND kind = 'token'
                                        AND revoked_at IS NULL AND expires_at > :now)
                        """)
                        .param("id", entry.id().value())
                        .param("account", account.value())
                        .param("hash", hash)
                        .param("name", entry.name())
                        .param("hint", entry.hint())
                        .param("scopes", Scope.slugs(entry.scopes()))
                        .param("now", at(entry.createdAt()))
                        .param("expiresAt", at(entry.expiresAt()))
                        .param("address", address)
                        .param("agent", agent)
                        .param("limit", limit)
                        .update()
                > 0;
    }

    /** The living tokens of an account, newest first. */
    List<Entry> list(UserId account, Instant now) {
        return sql.sql("""
                        SELECT id, token_name, token_hint, token_scopes, created_at, last_used_at, expires_at
                        FROM login
                        WHERE account_id = :account AND kind = 'token' AND revoked_at IS NULL AND expires_at > :now
                        ORDER BY created_at DESC, id
                        """)
                .param("account", account.value())
                .param("now", at(now))
                .query((row, number) -> entry(row))
                .list();
    }

    /** The token with this hash, dead or alive. */
    Optional<LoginId> find(String hash) {
        return sql.sql("SELECT id FROM login WHERE token_hash = :hash")
                .param("hash", hash)
                .query((row, number) -> new LoginId(row.getObject("id", UUID.class)))
                .optional();
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                new LoginId(row.getObject("id", UUID.class)),
                row.getString("token_name"),
                row.getString("token_hint"),
                Scope.ofSlugs(row.getString("token_scopes")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("last_used_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
