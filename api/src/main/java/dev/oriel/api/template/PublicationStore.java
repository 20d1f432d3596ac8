package dev.oriel.api.template;

import dev.oriel.core.account.UserId;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of {@code template_publication}. Thread-safe. */
@Repository
class PublicationStore {
    /** Whoever works on one says so again long before this. */
    private static final Duration LEASE = Duration.ofSeconds(60);

    private final JdbcClient jdbc;

    PublicationStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** One that is under way already is a {@code DuplicateKeyException}. */
    void insert(Publication wanted) {
        jdbc.sql("""
                        INSERT INTO template_publication (id, owner_id, shown, public, title, description, cpus,
                            memory_bytes, disk_bytes, snapshot_id, own_snapshot, state)
                        VALUES (:id, :owner, :shown, :public, :title, :description, :cpus, :memory, :disk, :snapshot,
                            :own, 'wanted')
                        """)
                .param("id", wanted.id())
                .param("owner", wanted.owner().value())
                .param("shown", wanted.shown())
                .param("public", wanted.isPublic())
                .param("title", wanted.title())
                .param("description", wanted.description())
                .param("cpus", wanted.cpus())
                .param("memory", wanted.memory().value())
                .param("disk", wanted.disk().value())
                .param("snapshot", wanted.snapshot().value())
                .param("own", wanted.ownSnapshot())
                .update();
    }

    /** What is under way or has failed, oldest first. */
    List<Publication> visible(UserId owner) {
        return jdbc.sql("""
                        SELECT * FROM template_publication WHERE owner_id = :owner AND state <> 'done'
                        ORDER BY created_at
                        """)
                .param("owner", owner.value())
                .query(PublicationStore::row)
                .list();
    }

    boolean isBusy(UserId owner) {
        return jdbc.sql("SELECT EXISTS (SELECT FROM template_publication WHERE owner_id = :owner AND state = 'wanted')")
                .param("owner", owner.value())
                .query(Boolean.class)
                .single();
    }

    /** The next one to work on, leased to the caller for a while. */
    Optional<Publication> claim() {
        return jdbc.sql("""
                        UPDATE template_publication
                        SET leased_until = now() + make_interval(secs => :lease), attempts = attempts + 1
                        WHERE id = (SELECT id FROM template_publication
                            WHERE state <> 'failed' AND leased_until <= now()
                            ORDER BY leased_until LIMIT 1 FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """)
                .param("lease", LEASE.toSeconds())
                .query(PublicationStore::row)
                .optional();
    }

    /** It is still being worked on. */
    void renew(UUID id) {
        waiting(id, LEASE);
    }

    /** Nobody need look at it before {@code pause} is over. */
    void waiting(UUID id, Duration pause) {
        jdbc.sql("UPDATE template_publication SET leased_until = now() + make_interval(secs => :pause) WHERE id = :id")
                .param("pause", pause.toSeconds())
                .param("id", id)
                .update();
    }

    /** Whether it was tried that often. */
    boolean wasTried(UUID id, int times) {
        return jdbc.sql("SELECT count(*) FROM template_publication WHERE id = :id AND attempts >= :times")
                        .param("id", id)
                        .param("times", times)
                        .query(Integer.class)
                        .single()
                > 0;
    }

    /** Its template is there, or not wanted any more; whether it was wanted until now. */
    boolean done(UUID id) {
        return jdbc.sql("""
                        UPDATE template_publication SET state = 'done', leased_until = now()
                        WHERE id = :id AND state = 'wanted'
                        """).param("id", id).update() == 1;
    }

    void failed(UUID id, String why) {
        jdbc.sql("UPDATE template_publication SET state = 'failed', failure = :why WHERE id = :id AND state = 'wanted'")
                .param("why", why)
                .param("id", id)
                .update();
    }

    /** Those of this name are not wanted any more; whether there were any. */
    boolean cancel(UserId owner, String shown) {
        return jdbc.sql("""
                        UPDATE template_publication SET state = 'done', leased_until = now()
                        WHERE owner_id = :owner AND shown = :shown AND state <> 'done'
                        """).param("owner", owner.value()).param("shown", shown).update() > 0;
    }

    void remove(UUID id) {
        jdbc.sql("DELETE FROM template_publication WHERE id = :id")
                .param("id", id)
                .update();
    }

    private static Publication row(ResultSet row, int number) throws SQLException {
        return new Publication(
                row.getObject("id", UUID.class),
                new UserId(row.getObject("owner_id", UUID.class)),
                row.getString("shown"),
                row.getBoolean("public"),
                row.getString("title"),
                row.getString("description"),
                row.getInt("cpus"),
                new Bytes(row.getLong("memory_bytes")),
                new Bytes(row.getLong("disk_bytes")),
                new SnapshotId(row.getObject("snapshot_id", UUID.class)),
                row.getBoolean("own_snapshot"),
                Publication.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                Optional.ofNullable(row.getString("failure")));
    }
}
