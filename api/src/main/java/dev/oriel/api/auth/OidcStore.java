package dev.oriel.api.auth;

import dev.oriel.core.account.UserId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of who somebody is at which OpenID provider. Thread-safe. */
@Component
class OidcStore {
    private final JdbcClient sql;

    OidcStore(JdbcClient sql) {
        this.sql = sql;
    }

    Optional<UserId> find(String issuer, String subject) {
        return sql.sql("SELECT account_id FROM oidc_identity WHERE issuer = :issuer AND subject = :subject")
                .param("issuer", issuer)
                .param("subject", subject)
                .query((row, number) -> new UserId(row.getObject(1, UUID.class)))
                .optional();
    }

    /** Since when somebody may sign in elsewhere; empty when not. */
    Optional<Instant> since(UserId account) {
        return sql.sql("SELECT min(created_at) FROM oidc_identity WHERE account_id = :account")
                .param("account", account.value())
                .query((row, number) -> Optional.ofNullable(row.getObject(1, OffsetDateTime.class)))
                .single()
                .map(OffsetDateTime::toInstant);
    }

    boolean delete(UserId account) {
        return sql.sql("DELETE FROM oidc_identity WHERE account_id = :account")
                        .param("account", account.value())
                        .update()
                > 0;
    }

    /** A {@code DuplicateKeyException} when somebody else was faster. */
    void insert(String issuer, String subject, UserId account) {
        sql.sql("INSERT INTO oidc_identity (issuer, subject, account_id) VALUES (:issuer, :subject, :account)")
                .param("issuer", issuer)
                .param("subject", subject)
                .param("account", account.value())
                .update();
    }
}
