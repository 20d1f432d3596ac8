package dev.oriel.api.upload;

import dev.oriel.api.account.Usage;
import dev.oriel.core.account.UserId;
import dev.oriel.core.unit.Bytes;
import java.time.Duration;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What users have of files, and what they are about to have. Thread-safe. */
@Component
class UploadQuotaStore {
    private final JdbcClient jdbc;

    UploadQuotaStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Files and bytes, those on their way included; a template's image counts unless it is an upload's too. */
    Usage used(UserId owner) {
        return jdbc.sql("""
                        SELECT (SELECT coalesce(sum(size_bytes), 0) FROM upload WHERE owner_id = :owner)
                            + (SELECT coalesce(sum(bytes), 0) FROM upload_reservation
                                WHERE owner_id = :owner AND expires_at > now())
                            + (SELECT coalesce(sum(size_bytes), 0)
                                FROM (SELECT DISTINCT sha256, size_bytes FROM template WHERE owner_id = :owner
                                    AND sha256 NOT IN (SELECT sha256 FROM upload WHERE owner_id = :owner)) kept),
                            (SELECT count(*) FROM upload WHERE owner_id = :owner)
                            + (SELECT count(*) FROM upload_reservation
                                WHERE owner_id = :owner AND expires_at > now())
                        """)
                .param("owner", owner.value())
                .query((row, _) -> Usage.ofFiles(row.getInt(2), row.getLong(1)))
                .single();
    }

    void reserve(UUID id, UserId owner, Bytes bytes, Duration life) {
        jdbc.sql("""
                        INSERT INTO upload_reservation (id, owner_id, bytes, expires_at)
                        VALUES (:id, :owner, :bytes, now() + :seconds * interval '1 second')
                        ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, expires_at = excluded.expires_at
                        """)
                .param("id", id)
                .param("owner", owner.value())
                .param("bytes", bytes.value())
                .param("seconds", life.toSeconds())
                .update();
    }

    void release(UUID id) {
        jdbc.sql("DELETE FROM upload_reservation WHERE id = :id")
                .param("id", id)
                .update();
    }

    int releaseExpired() {
        return jdbc.sql("DELETE FROM upload_reservation WHERE expires_at < now()")
                .update();
    }
}
