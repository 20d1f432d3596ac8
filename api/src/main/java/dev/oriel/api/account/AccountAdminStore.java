package dev.oriel.api.account;

import dev.oriel.core.account.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of accounts, as administrators use it. Thread-safe. */
@Component
class AccountAdminStore {
    private static final String COLUMNS = """
            SELECT account.id, username, email, role, disabled, created_at,
                   (SELECT max(last_used_at) FROM login WHERE account_id = account.id) AS last_seen_at
            FROM account
            """;

    private final JdbcClient sql;

    AccountAdminStore(JdbcClient sql) {
        this.sql = sql;
    }

    List<AccountAdmin.Listed> page(AccountAdmin.Filter filter, String textKey, String after, int limit) {
        return sql.sql(COLUMNS + """
                        WHERE kind = 'person' AND username_key > :after
                              AND (position(:key in username_key) > 0 OR position(:text in coalesce(email, '')) > 0)
                              AND (:everyRole OR role = :role) AND (:both OR disabled = :disabled)
                        ORDER BY username_key LIMIT :limit
                        """)
                .param("after", after)
                .param("key", textKey)
                .param("text", filter.text())
                .param("everyRole", filter.role().isEmpty())
                .param("role", filter.role().map(Role::slug).orElse(""))
                .param("both", filter.disabled().isEmpty())
                .param("disabled", filter.disabled().orElse(false))
                .param("limit", limit)
                .query((row, number) -> listed(row))
                .list();
    }

    Optional<AccountAdmin.Listed> find(UserId id) {
        return sql.sql(COLUMNS + "WHERE account.id = :id AND kind = 'person'")
                .param("id", id.value())
                .query((row, number) -> listed(row))
                .optional();
    }

    /** Holds all administrators' rows: two changes at once cannot each take away the other's last one. */
    void holdAdmins() {
        sql.sql("SELECT id FROM account WHERE role = 'admin' ORDER BY id FOR UPDATE")
                .query(UUID.class)
                .list();
    }

    boolean hasWorkingAdmin() {
        return sql.sql("SELECT EXISTS (SELECT 1 FROM account WHERE role = 'admin' AND NOT disabled)")
                .query(Boolean.class)
                .single();
    }

    /** False when there is no such account. */
    boolean update(UserId id, AccountChange change) {
        int found = sql.sql("""
                        UPDATE account SET role = coalesce(:role, role), disabled = coalesce(:disabled, disabled)
                        WHERE id = :id AND kind = 'person'
                        """)
                .param("role", change.role().map(Role::slug).orElse(null), Types.VARCHAR)
                .param("disabled", change.disabled().orElse(null), Types.BOOLEAN)
                .param("id", id.value())
                .update();
        setQuota(id, change.quota());
        return found > 0;
    }

    void setQuota(UserId id, Map<QuotaKind, OptionalLong> quota) {
        quota.forEach((kind, limit) -> sql.sql(
                        // The column's name comes from an enum of ours.
                        "UPDATE account SET " + kind.column() + " = :limit WHERE id = :id")
                .param("limit", limit.isPresent() ? limit.getAsLong() : null, Types.BIGINT)
                .param("id", id.value())
                .update());
    }

    private static AccountAdmin.Listed listed(ResultSet row) throws SQLException {
        OffsetDateTime seen = row.getObject("last_seen_at", OffsetDateTime.class);
        return new AccountAdmin.Listed(
                new UserId(row.getObject("id", UUID.class)),
                row.getString("username"),
                row.getString("email"),
                Role.of(row.getString("role")),
                row.getBoolean("disabled"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                seen == null ? null : seen.toInstant());
    }
}
