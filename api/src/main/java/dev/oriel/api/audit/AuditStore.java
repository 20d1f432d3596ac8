package dev.oriel.api.audit;

import dev.oriel.core.account.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of audited acts. Thread-safe. */
@Component
class AuditStore {
    private final JdbcClient sql;

    AuditStore(JdbcClient sql) {
        this.sql = sql;
    }

    record Row(
            Instant at,
            Act act,
            Optional<UserId> actor,
            Optional<UserId> account,
            Optional<String> address,
            Optional<String> requestId,
            String detail) {}

    void insert(Row row) {
        sql.sql("""
                        INSERT INTO audit (at, act, actor_id, account_id, address, request_id, detail)
                        VALUES (:at, :act, :actor, :account, :address, :requestId, :detail)
                        """)
                .param("at", row.at().atOffset(ZoneOffset.UTC))
                .param("act", row.act().slug())
                .param("actor", row.actor().map(UserId::value).orElse(null), Types.OTHER)
                .param("account", row.account().map(UserId::value).orElse(null), Types.OTHER)
                .param("address", row.address().orElse(null))
                .param("requestId", row.requestId().orElse(null))
                .param("detail", row.detail())
                .update();
    }

    List<AuditLog.Entry> page(Optional<UserId> account, Optional<Act> act, long before, int limit) {
        return sql.sql("""
                        SELECT audit.*, actor.username AS actor, account.username AS account
                        FROM audit LEFT JOIN account actor ON actor.id = actor_id
                                   LEFT JOIN account ON account.id = account_id
                        WHERE audit.id < :before
                              AND (:ofAll OR account_id = :account OR actor_id = :account)
                              AND (:everyAct OR act = :act)
                        ORDER BY audit.id DESC LIMIT :limit
                        """)
                .param("before", before)
                .param("ofAll", account.isEmpty())
                .param("account", account.map(UserId::value).orElse(null), Types.OTHER)
                .param("everyAct", act.isEmpty())
                .param("act", act.map(Act::slug).orElse(""))
                .param("limit", limit)
                .query((row, number) -> entry(row))
                .list();
    }

    void deleteBefore(Instant before) {
        sql.sql("DELETE FROM audit WHERE at < :before")
                .param("before", before.atOffset(ZoneOffset.UTC))
                .update();
    }

    private static AuditLog.Entry entry(ResultSet row) throws SQLException {
        return new AuditLog.Entry(
                row.getLong("id"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                Act.of(row.getString("act")),
                user(row, "actor_id"),
                row.getString("actor"),
                user(row, "account_id"),
                row.getString("account"),
                row.getString("address"),
                row.getString("request_id"),
                row.getString("detail"));
    }

    private static @Nullable UserId user(ResultSet row, String column) throws SQLException {
        UUID id = row.getObject(column, UUID.class);
        return id == null ? null : new UserId(id);
    }
}
