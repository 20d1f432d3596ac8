package dev.oriel.api.account;

import dev.oriel.core.account.UserId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of invitations. Thread-safe. */
@Component
class InvitationStore {
    private final JdbcClient sql;

    InvitationStore(JdbcClient sql) {
        this.sql = sql;
    }

    void insert(Invitations.Invitation invitation, String hash, UserId maker) {
        sql.sql("""
                        INSERT INTO invitation (id, code_hash, note, made_by, created_at, expires_at, max_uses)
                        VALUES (:id, :hash, :note, :maker, :now, :expiresAt, :uses)
                        """)
                .param("id", invitation.id())
                .param("hash", hash)
                .param("note", invitation.note())
                .param("maker", maker.value())
                .param("now", at(invitation.createdAt()))
                .param("expiresAt", at(invitation.expiresAt()))
                .param("uses", invitation.maxUses())
                .update();
    }

    /** Takes one use, if there is one: many at once never take more than there are. */
    boolean use(String hash, Instant now) {
        return sql.sql("""
                        UPDATE invitation SET uses = uses + 1
                        WHERE code_hash = :hash AND uses < max_uses AND expires_at > :now
                        """).param("hash", hash).param("now", at(now)).update() > 0;
    }

    List<Invitations.Invitation> list(Instant now) {
        return sql.sql("""
                        SELECT id, note, created_at, expires_at, uses, max_uses FROM invitation
                        WHERE expires_at > :now AND uses < max_uses ORDER BY created_at DESC, id LIMIT 200
                        """)
                .param("now", at(now))
                .query((row, number) -> new Invitations.Invitation(
                        row.getObject("id", UUID.class),
                        row.getString("note"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant(),
                        row.getObject("expires_at", OffsetDateTime.class).toInstant(),
                        row.getInt("uses"),
                        row.getInt("max_uses")))
                .list();
    }

    boolean delete(UUID id) {
        return sql.sql("DELETE FROM invitation WHERE id = :id").param("id", id).update() > 0;
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
