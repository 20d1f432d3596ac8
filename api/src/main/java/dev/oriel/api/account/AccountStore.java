package dev.oriel.api.account;

import dev.oriel.api.ApiConfig;
import dev.oriel.core.account.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of accounts. Thread-safe. */
@Component
class AccountStore {
    private static final String COLUMNS = "id, username, role, disabled, password_hash";

    private final JdbcClient sql;
    private final ApiConfig.QuotaDefaults defaults;

    AccountStore(JdbcClient sql, ApiConfig config) {
        this.sql = sql;
        this.defaults = config.quota();
    }

    /** False when somebody has this name already. */
    boolean insert(Account account, @Nullable String email) {
        try {
            sql.sql("""
                            INSERT INTO account (id, username, username_key, email, password_hash, role)
                            VALUES (:id, :username, :key, :email, :hash, :role)
                            """)
                    .param("id", account.id().value())
                    .param("username", account.username())
                    .param("key", Usernames.key(account.username()))
                    .param("email", email)
                    .param("hash", account.passwordHash())
                    .param("role", account.role().slug())
                    .update();
            return true;
        } catch (DuplicateKeyException e) {
            return false;
        }
    }

    Optional<Account> findByName(String usernameKey) {
        return sql.sql("SELECT " + COLUMNS + " FROM account WHERE username_key = :key")
                .param("key", usernameKey)
                .query((row, number) -> account(row))
                .optional();
    }

    Optional<Account> find(UserId id) {
        return sql.sql("SELECT " + COLUMNS + " FROM account WHERE id = :id")
                .param("id", id.value())
                .query((row, number) -> account(row))
                .optional();
    }

    boolean hasAdmin() {
        return sql.sql("SELECT EXISTS (SELECT 1 FROM account WHERE role = 'admin')")
                .query(Boolean.class)
                .single();
    }

    void setPasswordHash(UserId id, String hash) {
        sql.sql("UPDATE account SET password_hash = :hash WHERE id = :id")
                .param("hash", hash)
                .param("id", id.value())
                .update();
    }

    /** The account's own quota, or the configured default where it has none. */
    Optional<Quota> quota(UserId id) {
        return sql.sql("""
                        SELECT coalesce(quota_running_vms, :runningVms), coalesce(quota_vcpus, :vcpus),
                               coalesce(quota_memory_mib, :memoryMiB), coalesce(quota_disk_bytes, :diskBytes)
                        FROM account WHERE id = :id
                        """)
                .param("runningVms", defaults.runningVms())
                .param("vcpus", defaults.vcpus())
                .param("memoryMiB", defaults.memoryMiB())
                .param("diskBytes", defaults.disk().value())
                .param("id", id.value())
                .query((row, number) -> new Quota(row.getInt(1), row.getInt(2), row.getInt(3), row.getLong(4)))
                .optional();
    }

    private static Account account(ResultSet row) throws SQLException {
        return new Account(
                new UserId(row.getObject("id", UUID.class)),
                row.getString("username"),
                Role.of(row.getString("role")),
                row.getBoolean("disabled"),
                row.getString("password_hash"));
    }
}
