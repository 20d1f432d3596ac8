package dev.oriel.api.upload;

import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of {@code upload}. Thread-safe. */
@Component
class UploadStore {
    private static final int MAX_LISTED = 1000;

    private final JdbcClient jdbc;

    UploadStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void insert(Upload upload) {
        jdbc.sql("""
                        INSERT INTO upload (id, owner_id, name, size_bytes, sha256, kind, format, virtual_bytes, state, created_at)
                        VALUES (:id, :owner, :name, :size, :sha256, :kind, :format, :virtual, :state, :created)
                        """)
                .param("id", upload.id().value())
                .param("owner", upload.owner().value())
                .param("name", upload.name())
                .param("size", upload.size().value())
                .param("sha256", upload.sha256().value())
                .param("kind", upload.kind().word())
                .param("format", upload.format().map(UploadStore::word).orElse(null))
                .param("virtual", upload.virtualSize().map(Bytes::value).orElse(null))
                .param("state", upload.state())
                .param("created", Timestamp.from(upload.createdAt()))
                .update();
    }

    Optional<Upload> find(UserId owner, UploadId id) {
        return jdbc.sql("SELECT * FROM upload WHERE id = :id AND owner_id = :owner")
                .param("id", id.value())
                .param("owner", owner.value())
                .query(UploadStore::row)
                .optional();
    }

    /** Anybody's disc with these bytes. */
    Optional<Upload> findDisc(ImageDigest digest) {
        return jdbc.sql("SELECT * FROM upload WHERE sha256 = :sha256 AND kind = 'iso' AND state = 'ready' LIMIT 1")
                .param("sha256", digest.value())
                .query(UploadStore::row)
                .optional();
    }

    /** The newest first. */
    List<Upload> list(UserId owner) {
        return jdbc.sql("""
                        SELECT * FROM upload WHERE owner_id = :owner
                        ORDER BY created_at DESC, id LIMIT :limit
                        """)
                .param("owner", owner.value())
                .param("limit", MAX_LISTED)
                .query(UploadStore::row)
                .list();
    }

    void rememberDisc(UploadId id, ImageDigest disc) {
        jdbc.sql("UPDATE upload SET disc_sha256 = :disc WHERE id = :id")
                .param("id", id.value())
                .param("disc", disc.value())
                .update();
    }

    boolean delete(UserId owner, UploadId id) {
        return jdbc.sql("DELETE FROM upload WHERE id = :id AND owner_id = :owner")
                        .param("id", id.value())
                        .param("owner", owner.value())
                        .update()
                > 0;
    }

    boolean exists(UploadId id) {
        return jdbc.sql("SELECT count(*) FROM upload WHERE id = :id")
                        .param("id", id.value())
                        .query(Integer.class)
                        .single()
                > 0;
    }

    private static Upload row(ResultSet row, int number) throws SQLException {
        return new Upload(
                new UploadId(row.getObject("id", UUID.class)),
                new UserId(row.getObject("owner_id", UUID.class)),
                row.getString("name"),
                new Bytes(row.getLong("size_bytes")),
                new ImageDigest(row.getString("sha256")),
                UploadKind.of(row.getString("kind")).orElseThrow(),
                Optional.ofNullable(row.getString("format"))
                        .map(word -> ImageFormat.valueOf(word.toUpperCase(Locale.ROOT))),
                Optional.ofNullable(row.getObject("virtual_bytes", Long.class)).map(Bytes::new),
                row.getString("state"),
                row.getTimestamp("created_at").toInstant(),
                Optional.ofNullable(row.getString("disc_sha256")).map(ImageDigest::new));
    }

    private static String word(ImageFormat format) {
        return format.name().toLowerCase(Locale.ROOT);
    }
}
