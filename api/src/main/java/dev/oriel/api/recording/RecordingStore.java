package dev.oriel.api.recording;

import dev.oriel.core.account.UserId;
import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.host.HostName;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code recording}. Thread-safe. */
@Repository
class RecordingStore {
    private static final int BATCH = 200;

    private final JdbcClient jdbc;

    RecordingStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Inserts one that is to begin; false when its VM is being recorded. */
    boolean insert(Recording recording) {
        return jdbc.sql("""
                        INSERT INTO recording (id, vm_id, owner_id, host, state, by_template, started_at, max_bytes)
                        VALUES (:id, :vm, :owner, :host, 'recording', :template, :started, :max)
                        ON CONFLICT (vm_id) WHERE state = 'recording' DO NOTHING
                        """)
                        .param("id", recording.id().value())
                        .param("vm", recording.vm().value())
                        .param("owner", recording.owner().value())
                        .param("host", recording.host().value())
                        .param("template", recording.byTemplate())
                        .param("started", at(recording.startedAt()))
                        .param("max", recording.maxSize().value())
                        .update()
                > 0;
    }

    /** One of {@code owner}'s VM. */
    Optional<Recording> find(UserId owner, VmId vm, RecordingId id) {
        return jdbc.sql("""
                        SELECT * FROM recording
                        WHERE id = :id AND vm_id = :vm AND owner_id = :owner AND state <> 'deleting'
                        """)
                .param("id", id.value())
                .param("vm", vm.value())
                .param("owner", owner.value())
                .query(RecordingStore::row)
                .optional();
    }

    /** Those of one of {@code owner}'s VMs, the newest first. */
    List<Recording> of(UserId owner, VmId vm) {
        return jdbc.sql("""
                        SELECT * FROM recording
                        WHERE vm_id = :vm AND owner_id = :owner AND state <> 'deleting'
                        ORDER BY started_at DESC, id LIMIT 1000
                        """)
                .param("vm", vm.value())
                .param("owner", owner.value())
                .query(RecordingStore::row)
                .list();
    }

    boolean isRecorded(VmId vm) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM recording WHERE vm_id = :vm AND state = 'recording')")
                .param("vm", vm.value())
                .query(Boolean.class)
                .single();
    }

    List<Recording> inState(Recording.State state) {
        return jdbc.sql("SELECT * FROM recording WHERE state = :state ORDER BY started_at LIMIT :batch")
                .param("state", state.word())
                .param("batch", BATCH)
                .query(RecordingStore::row)
                .list();
    }

    /** All that a host may hold, whatever their state. */
    List<Recording> onHost(HostName host) {
        return jdbc.sql("SELECT * FROM recording WHERE host = :host")
                .param("host", host.value())
                .query(RecordingStore::row)
                .list();
    }

    /** Its gateway has it like this. */
    void seen(RecordingStatus now) {
        jdbc.sql("UPDATE recording SET bytes = :bytes, length_millis = :length WHERE id = :id AND state <> 'deleting'")
                .param("bytes", now.bytes())
                .param("length", now.length().toMillis())
                .param("id", now.id().value())
                .update();
    }

    /** It has ended; the first reason stays. */
    void end(RecordingId id, String reason, Instant now) {
        jdbc.sql("""
                        UPDATE recording SET state = 'ended', reason = :reason, ended_at = :now
                        WHERE id = :id AND state = 'recording'
                        """)
                .param("reason", reason)
                .param("now", at(now))
                .param("id", id.value())
                .update();
    }

    void unwanted(RecordingId id) {
        jdbc.sql("UPDATE recording SET state = 'deleting' WHERE id = :id")
                .param("id", id.value())
                .update();
    }

    /** Those that ended before {@code before}, and those of VMs that are to be deleted. */
    void unwantedBefore(Instant before) {
        jdbc.sql("""
                        UPDATE recording SET state = 'deleting'
                        WHERE (state = 'ended' AND ended_at < :before)
                           OR (state <> 'deleting'
                               AND vm_id IN (SELECT id FROM vm WHERE desired = 'deleted' OR state = 'deleted'))
                        """).param("before", at(before)).update();
    }

    /** Its gateway has it no more. */
    void remove(RecordingId id) {
        jdbc.sql("DELETE FROM recording WHERE id = :id").param("id", id.value()).update();
    }

    /** Running VMs of such templates of which nothing was recorded since their start. */
    List<VmId> toBeRecorded(Collection<String> templates) {
        return jdbc.sql("""
                        SELECT vm.id FROM vm
                        WHERE vm.state = 'running' AND vm.host IS NOT NULL AND vm.template IN (:templates)
                          AND NOT EXISTS (SELECT 1 FROM recording WHERE recording.vm_id = vm.id
                              AND (recording.state = 'recording' OR recording.started_at >= vm.started_at))
                        LIMIT :batch
                        """)
                .param("templates", templates)
                .param("batch", BATCH)
                .query((row, _) -> new VmId(row.getObject("id", UUID.class)))
                .list();
    }

    private static Recording row(ResultSet row, int number) throws SQLException {
        return new Recording(
                new RecordingId(row.getObject("id", UUID.class)),
                new VmId(row.getObject("vm_id", UUID.class)),
                new UserId(row.getObject("owner_id", UUID.class)),
                new HostName(row.getString("host")),
                Recording.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                row.getBoolean("by_template"),
                Optional.ofNullable(row.getString("reason")),
                row.getObject("started_at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(row.getObject("ended_at", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                Duration.ofMillis(row.getLong("length_millis")),
                new Bytes(row.getLong("bytes")),
                new Bytes(row.getLong("max_bytes")));
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
