package dev.oriel.api.auth;

import dev.oriel.core.account.UserId;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The tables of second factors and recovery codes. Thread-safe. */
@Component
class SecondFactorStore {
    private final JdbcClient sql;

    SecondFactorStore(JdbcClient sql) {
        this.sql = sql;
    }

    /** The secret, sealed. */
    record Row(String secret, boolean confirmed) {}

    Optional<Row> find(UserId account) {
        return sql.sql("SELECT secret, confirmed_at IS NOT NULL AS confirmed FROM second_factor WHERE account_id = :id")
                .param("id", account.value())
                .query((row, number) -> new Row(row.getString("secret"), row.getBoolean("confirmed")))
                .optional();
    }

    /** A secret to be confirmed; takes the place of another such. False when one is confirmed already. */
    boolean begin(UserId account, String secret) {
        return sql.sql("""
                        INSERT INTO second_factor (account_id, secret) VALUES (:id, :secret)
                        ON CONFLICT (account_id) DO UPDATE SET secret = :secret, last_step = 0
                        WHERE second_factor.confirmed_at IS NULL
                        """).param("id", account.value()).param("secret", secret).update() > 0;
    }

    /** Takes the place of all recovery codes there are. */
    void confirm(UserId account, List<String> codeHashes, Instant now) {
        sql.sql("UPDATE second_factor SET confirmed_at = :now WHERE account_id = :id")
                .param("now", now.atOffset(ZoneOffset.UTC))
                .param("id", account.value())
                .update();
        sql.sql("DELETE FROM recovery_code WHERE account_id = :id")
                .param("id", account.value())
                .update();
        codeHashes.forEach(hash -> sql.sql("INSERT INTO recovery_code (account_id, code_hash) VALUES (:id, :hash)")
                .param("id", account.value())
                .param("hash", hash)
                .update());
    }

    /** Those that are kept as they are, in base64. */
    Map<UserId, String> unsealed() {
        Map<UserId, String> found = new HashMap<>();
        sql.sql("SELECT account_id, secret FROM second_factor WHERE secret NOT LIKE 'v1.%'")
                .query(row -> {
                    found.put(new UserId(row.getObject("account_id", UUID.class)), row.getString("secret"));
                });
        return found;
    }

    /** Puts the sealed form in the place of the other, unless that has changed. */
    void reseal(UserId account, String before, String sealed) {
        sql.sql("UPDATE second_factor SET secret = :sealed WHERE account_id = :id AND secret = :before")
                .param("sealed", sealed)
                .param("id", account.value())
                .param("before", before)
                .update();
    }

    /** Uses up the codes up to this time step; false when they are. */
    boolean use(UserId account, long step) {
        return sql.sql("UPDATE second_factor SET last_step = :step WHERE account_id = :id AND last_step < :step")
                        .param("step", step)
                        .param("id", account.value())
                        .update()
                > 0;
    }

    boolean useRecovery(UserId account, String hash) {
        return sql.sql("DELETE FROM recovery_code WHERE account_id = :id AND code_hash = :hash")
                        .param("id", account.value())
                        .param("hash", hash)
                        .update()
                > 0;
    }

    int recoveryCodes(UserId account) {
        return sql.sql("SELECT count(*) FROM recovery_code WHERE account_id = :id")
                .param("id", account.value())
                .query(Integer.class)
                .single();
    }

    boolean remove(UserId account) {
        return sql.sql("DELETE FROM second_factor WHERE account_id = :id")
                        .param("id", account.value())
                        .update()
                > 0;
    }
}
