package dev.oriel.api.account;

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

    AccountStore(JdbcClient sql) {
        this.sql = sql;
    }

    /** False when somebody has this name already. */
    boolean insert(Account account, @Nullable String email) {
        try {
            insertNew(account, email);
            return true;
        } catch (DuplicateKeyException e) {
            return false;
        }
    }

    /** As {@link #insert}, where a name in use is a {@code DuplicateKeyException}. */
    void insertNew(Account account, @Nullable String email) {
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
    }

    Optional<Account> findByName(String usernameKey) {
        return sql.sql("SELECT " + COLUMNS + " FROM account WHERE username_key = :key AND kind = 'person'")
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

    private static Account account(ResultSet row) throws SQLException {
        return new Account(
                new UserId(row.getObject("id", UUID.class)),
                row.getString("username"),
                Role.of(row.getString("role")),
                row.getBoolean("disabled"),
                row.getString("password_hash"));
    }
}
