package dev.oriel.api.hook;

import dev.oriel.core.account.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The tables of webhooks and of what is sent to them; a trigger fills the latter. Thread-safe. */
@Component
class WebhookStore {
    private final JdbcClient sql;

    WebhookStore(JdbcClient sql) {
        this.sql = sql;
    }

    record Webhook(
            UUID id,
            String url,
            Instant createdAt,
            @Nullable Instant disabledAt) {}

    /** Something to be sent now; the secret as it is kept. */
    record Due(UUID id, UUID webhook, UserId owner, String url, String secret, String payload, int attempts) {
        @Override
        public String toString() {
            return "Due[" + id + "]";
        }
    }

    /** What became of something sent. */
    record Delivery(
            UUID id,
            String payload,
            Instant createdAt,
            int attempts,
            @Nullable Instant doneAt,
            @Nullable String outcome) {}

    /** False when the owner has {@code limit} already. Holds the account's row: parallel calls are counted. */
    Optional<Instant> insert(UserId owner, UUID id, String url, String secret, int limit) {
        sql.sql("SELECT id FROM account WHERE id = :owner FOR NO KEY UPDATE")
                .param("owner", owner.value())
                .query(UUID.class)
                .single();
        return sql.sql("""
                        INSERT INTO webhook (id, owner_id, url, secret) SELECT :id, :owner, :url, :secret
                        WHERE :limit > (SELECT count(*) FROM webhook WHERE owner_id = :owner)
                        RETURNING created_at
                        """)
                .param("id", id)
                .param("owner", owner.value())
                .param("url", url)
                .param("secret", secret)
                .param("limit", limit)
                .query((row, number) -> instant(row, "created_at").orElseThrow())
                .optional();
    }

    List<Webhook> list(UserId owner) {
        return sql.sql("SELECT * FROM webhook WHERE owner_id = :owner ORDER BY created_at, id")
                .param("owner", owner.value())
                .query((row, number) -> new Webhook(
                        row.getObject("id", UUID.class),
                        row.getString("url"),
                        instant(row, "created_at").orElseThrow(),
                        instant(row, "disabled_at").orElse(null)))
                .list();
    }

    boolean delete(UserId owner, UUID id) {
        return sql.sql("DELETE FROM webhook WHERE id = :id AND owner_id = :owner")
                        .param("id", id)
                        .param("owner", owner.value())
                        .update()
                > 0;
    }

    /** The newest deliveries; empty when the webhook is not the owner's. */
    Optional<List<Delivery>> deliveries(UserId owner, UUID id, int limit) {
        boolean own = list(owner).stream().anyMatch(webhook -> webhook.id().equals(id));
        if (!own) {
            return Optional.empty();
        }
        return Optional.of(sql.sql("""
                        SELECT id, payload, created_at, attempts, done_at, outcome FROM webhook_delivery
                        WHERE webhook_id = :id ORDER BY created_at DESC, id LIMIT :limit
                        """)
                .param("id", id)
                .param("limit", limit)
                .query((row, number) -> new Delivery(
                        row.getObject("id", UUID.class),
                        row.getString("payload"),
                        instant(row, "created_at").orElseThrow(),
                        row.getInt("attempts"),
                        instant(row, "done_at").orElse(null),
                        row.getString("outcome")))
                .list());
    }

    /** Secrets that are kept as they are. */
    Map<UUID, String> unsealed() {
        Map<UUID, String> found = new HashMap<>();
        sql.sql("SELECT id, secret FROM webhook WHERE secret NOT LIKE 'v1.%'").query(row -> {
            found.put(row.getObject("id", UUID.class), row.getString("secret"));
        });
        return found;
    }

    /** Puts the sealed form in the place of the other, unless that has changed. */
    void reseal(UUID webhook, String before, String sealed) {
        sql.sql("UPDATE webhook SET secret = :sealed WHERE id = :id AND secret = :before")
                .param("sealed", sealed)
                .param("id", webhook)
                .param("before", before)
                .update();
    }

    /**
     * Takes what is due, for one minute: whoever dies with it loses it to the next. Replicas take different ones.
     *
     * @param busy owners of whom nothing more is to be taken now
     */
    List<Due> claim(int limit, Collection<UserId> busy) {
        return sql.sql("""
                        UPDATE webhook_delivery delivery
                        SET attempts = attempts + 1, due_at = now() + interval '1 minute'
                        FROM webhook
                        WHERE webhook.id = delivery.webhook_id AND delivery.id IN (
                            SELECT waiting.id FROM webhook_delivery waiting
                            JOIN webhook whose ON whose.id = waiting.webhook_id
                            WHERE waiting.done_at IS NULL AND waiting.due_at <= now()
                                AND whose.disabled_at IS NULL AND whose.owner_id <> ALL (CAST(:busy AS uuid[]))
                            ORDER BY waiting.due_at LIMIT :limit FOR UPDATE OF waiting SKIP LOCKED)
                        RETURNING delivery.id, webhook_id, owner_id, url, secret, payload, attempts
                        """)
                .param("limit", limit)
                .param("busy", busy.stream().map(UserId::toString).toArray(String[]::new))
                .query((row, number) -> new Due(
                        row.getObject("id", UUID.class),
                        row.getObject("webhook_id", UUID.class),
                        new UserId(row.getObject("owner_id", UUID.class)),
                        row.getString("url"),
                        row.getString("secret"),
                        row.getString("payload"),
                        row.getInt("attempts")))
                .list();
    }

    void done(UUID delivery, String outcome) {
        sql.sql("UPDATE webhook_delivery SET done_at = now(), outcome = :outcome WHERE id = :id")
                .param("outcome", outcome)
                .param("id", delivery)
                .update();
    }

    void again(UUID delivery, Duration after, String outcome) {
        sql.sql("""
                        UPDATE webhook_delivery SET due_at = now() + :seconds * interval '1 second', outcome = :outcome
                        WHERE id = :id
                        """)
                .param("seconds", after.toSeconds())
                .param("outcome", outcome)
                .param("id", delivery)
                .update();
    }

    /** Sends nothing more there: its owner sees so, and makes a new one when it works again. */
    void disable(UUID webhook) {
        sql.sql("UPDATE webhook SET disabled_at = now() WHERE id = :id AND disabled_at IS NULL")
                .param("id", webhook)
                .update();
        sql.sql("""
                        UPDATE webhook_delivery SET done_at = now(), outcome = 'given up with its webhook'
                        WHERE webhook_id = :id AND done_at IS NULL
                        """).param("id", webhook).update();
    }

    void forgetOld() {
        sql.sql("DELETE FROM webhook_delivery WHERE done_at < now() - interval '7 days'")
                .update();
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
