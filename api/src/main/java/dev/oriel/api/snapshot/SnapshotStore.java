package dev.oriel.api.snapshot;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code vm_snapshot}. Thread-safe. */
@Repository
class SnapshotStore {
    private static final int BATCH = 200;

    private final JdbcClient jdbc;

    SnapshotStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Notes that one is being taken; a name in use is a {@code DuplicateKeyException}.
     *
     * @param passing whether it is nobody's to see and goes with its last use: the moment of a fork
     */
    void insert(SnapshotId id, VmId vm, UserId owner, String name, boolean passing) {
        jdbc.sql("""
                        INSERT INTO vm_snapshot (id, vm_id, owner_id, name, passing, state)
                        VALUES (:id, :vm, :owner, :name, :passing, 'taking')
                        """)
                .param("id", id.value())
                .param("vm", vm.value())
                .param("owner", owner.value())
                .param("name", name)
                .param("passing", passing)
                .update();
    }

    /** The host has it, like this; false when it is not wanted any more. */
    boolean seen(SnapshotStatus now) {
        return jdbc.sql("""
                        UPDATE vm_snapshot SET state = 'ready', parent_id = :parent, size_bytes = :size,
                            current = :current, quiet = :quiet, live = :live, created_at = :taken, changed_at = now()
                        WHERE id = :id AND state <> 'deleting'
                        """)
                        .param("id", now.id().value())
                        .param("parent", now.parent().map(SnapshotId::value).orElse(null))
                        .param("size", now.size().value())
                        .param("current", now.current())
                        .param("quiet", now.quiet())
                        .param("live", now.live())
                        .param("taken", now.takenAt().atOffset(java.time.ZoneOffset.UTC))
                        .update()
                == 1;
    }

    /** It is not wanted any more; its host is yet to be told. */
    void unwanted(SnapshotId id) {
        jdbc.sql("UPDATE vm_snapshot SET state = 'deleting', changed_at = now() WHERE id = :id")
                .param("id", id.value())
                .update();
    }

    /** Those that are being taken for longer than that: whoever did it is gone. */
    void unwantedAfter(Duration taking) {
        jdbc.sql("""
                        UPDATE vm_snapshot SET state = 'deleting', changed_at = now()
                        WHERE state = 'taking' AND changed_at < now() - make_interval(secs => :seconds)
                        """).param("seconds", taking.toSeconds()).update();
    }

    /** Moments of forks from which nobody is to be made any more. */
    void unwantedPassing() {
        jdbc.sql("""
                        UPDATE vm_snapshot SET state = 'deleting', changed_at = now()
                        WHERE passing AND state = 'ready' AND NOT EXISTS (SELECT 1 FROM vm
                            WHERE source_snapshot = vm_snapshot.id AND NOT settled AND desired <> 'deleted')
                        """).update();
    }

    /** Its host has it no more. */
    void remove(SnapshotId id) {
        jdbc.sql("DELETE FROM vm_snapshot WHERE id = :id")
                .param("id", id.value())
                .update();
    }

    /** Snapshots go with their VM. */
    void removeOfDeleted() {
        jdbc.sql("""
                        DELETE FROM vm_snapshot USING vm
                        WHERE vm.id = vm_snapshot.vm_id AND vm.state = 'deleted'
                        """).update();
    }

    List<Snapshot> unwanted() {
        return jdbc.sql("SELECT * FROM vm_snapshot WHERE state = 'deleting' ORDER BY changed_at LIMIT :batch")
                .param("batch", BATCH)
                .query(SnapshotStore::row)
                .list();
    }

    /** The VM's snapshots that can be restored, oldest first. */
    List<Snapshot> ready(VmId vm) {
        return jdbc.sql(
                        "SELECT * FROM vm_snapshot WHERE vm_id = :vm AND state = 'ready' AND NOT passing ORDER BY created_at, id")
                .param("vm", vm.value())
                .query(SnapshotStore::row)
                .list();
    }

    /** All that is known of the VM's snapshots, whatever their state. */
    List<Snapshot> all(VmId vm) {
        return jdbc.sql("SELECT * FROM vm_snapshot WHERE vm_id = :vm ORDER BY created_at, id")
                .param("vm", vm.value())
                .query(SnapshotStore::row)
                .list();
    }

    /** One that can be restored; another's is as absent as none. */
    Optional<Snapshot> find(UserId owner, SnapshotId id) {
        return jdbc.sql("""
                        SELECT vm_snapshot.* FROM vm_snapshot JOIN vm ON vm.id = vm_snapshot.vm_id
                        WHERE vm_snapshot.id = :id AND vm_snapshot.owner_id = :owner
                            AND vm_snapshot.state = 'ready' AND NOT passing AND vm.desired <> 'deleted'
                        """)
                .param("id", id.value())
                .param("owner", owner.value())
                .query(SnapshotStore::row)
                .optional();
    }

    /** Whether a VM is still to be taken to this snapshot, or a VM or template made from it. */
    boolean isInUse(SnapshotId id) {
        return jdbc.sql("""
                        SELECT EXISTS (SELECT 1 FROM vm
                            WHERE source_snapshot = :id AND NOT settled AND desired <> 'deleted')
                            OR EXISTS (SELECT 1 FROM template_publication
                                WHERE snapshot_id = :id AND state = 'wanted')
                        """).param("id", id.value()).query(Boolean.class).single();
    }

    private static Snapshot row(ResultSet row, int number) throws SQLException {
        return new Snapshot(
                new SnapshotId(row.getObject("id", UUID.class)),
                new VmId(row.getObject("vm_id", UUID.class)),
                new UserId(row.getObject("owner_id", UUID.class)),
                row.getString("name"),
                Snapshot.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                Optional.ofNullable(row.getObject("parent_id", UUID.class)).map(SnapshotId::new),
                new Bytes(row.getLong("size_bytes")),
                row.getBoolean("current"),
                row.getBoolean("quiet"),
                row.getBoolean("live"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
