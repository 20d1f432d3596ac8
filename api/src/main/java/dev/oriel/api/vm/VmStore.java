package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HookState;
import dev.oriel.core.host.HostName;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.DiskSource;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code vm}. One insert and one compare-and-set update write it. */
@Repository
public class VmStore {
    /**
     * A condition that is always true, and lets a statement that is a transaction of its own commit without waiting for
     * the disk: for what hosts tell again anyway. After a power cut the last half second of it may be missing, never
     * more and never out of order.
     */
    static final String LAZILY = " AND set_config('synchronous_commit', 'off', true) <> ''";

    private static final String FROM_START =
            " FROM vm WHERE owner_id = :owner AND state <> 'deleted' ORDER BY created_at, id LIMIT :limit";

    private static final String REPLACE_ROW = """
            UPDATE vm SET name = :name, labels = CAST(:labels AS jsonb), cpus = :cpus, memory_bytes = :memory,
                disk_bytes = :disk,
                when_unwatched = :whenUnwatched, restart_policy = :restartPolicy,
                restarts = :restarts, restart_due_at = :restartDueAt,
                desired = :desired, force = :force, generation = :generation,
                restart_in = :restartIn, reset_in = :resetIn,
                source_vm = :sourceVm, source_snapshot = :sourceSnapshot,
                source_serial = :sourceSerial,
                state = :state, host = :host, settled = :settled,
                reason = :reason, boot_millis = :bootMillis, started_at = :startedAt, hooks = :hooks,
                expires = :expires, expires_at = :expiresAt, unwatched_since = :unwatchedSince,
                ended_at = CASE WHEN :state IN ('stopped', 'failed') THEN coalesce(ended_at, now()) END,
                changed_at = now(), revision = revision + 1,
                due_at = CASE WHEN generation = :generation THEN due_at
                              ELSE now() + interval '2 seconds' END,
                attempts = CASE WHEN generation = :generation THEN attempts ELSE 0 END
            WHERE id = :id AND revision = :revision""";
    private static final String REPLACE = REPLACE_ROW + " RETURNING *";
    private static final String REPLACE_LAZILY = REPLACE_ROW + LAZILY + " RETURNING *";

    private final JdbcClient jdbc;

    VmStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** The VM {@code id} of {@code owner}; another's is as absent as none, and so is a deleted one. */
    public Optional<Vm> find(UserId owner, VmId id) {
        return jdbc.sql("""
                        SELECT * FROM vm
                        WHERE id = :id AND owner_id = :owner AND state <> 'deleted'
                        """)
                .param("id", id.value())
                .param("owner", owner.value())
                .query(VmStore::row)
                .optional();
    }

    /** As {@link #find(UserId, VmId)}, locked until the transaction ends. */
    Optional<Vm> findLocked(UserId owner, VmId id) {
        return jdbc.sql("""
                        SELECT * FROM vm
                        WHERE id = :id AND owner_id = :owner AND state <> 'deleted'
                        FOR UPDATE
                        """)
                .param("id", id.value())
                .param("owner", owner.value())
                .query(VmStore::row)
                .optional();
    }

    /** Any VM, also a deleted one: for Oriel's own loops only. */
    public Optional<Vm> load(VmId id) {
        return jdbc.sql("SELECT * FROM vm WHERE id = :id")
                .param("id", id.value())
                .query(VmStore::row)
                .optional();
    }

    /** Those of the owner that are wanted to run. */
    List<VmId> wantedToRun(UserId owner) {
        return jdbc.sql("SELECT id FROM vm WHERE owner_id = :owner AND desired = 'running' AND state <> 'deleted'")
                .param("owner", owner.value())
                .query((row, number) -> new VmId(row.getObject(1, UUID.class)))
                .list();
    }

    /** All VMs on {@code host} that are not deleted. */
    public List<Vm> onHost(HostName host) {
        return jdbc.sql("SELECT * FROM vm WHERE host = :host AND state <> 'deleted'")
                .param("host", host.value())
                .query(VmStore::row)
                .list();
    }

    /** Where a page begins: after the VM made at this time with this id. */
    record Cursor(Instant createdAt, VmId id) {
        static final Cursor START = new Cursor(Instant.EPOCH, new VmId(new java.util.UUID(0, 0)));
    }

    /** A row as it was written once: every write that anybody can see gives it another number. */
    record Version(VmId id, long number) {}

    record Versioned(Version version, Vm vm) {}

    /** Which versions of which rows {@link #first} would give: what is asked most, and short. */
    List<Version> versions(UserId owner, int limit) {
        return jdbc.sql("SELECT id, xmin" + FROM_START)
                .param("owner", owner.value())
                .param("limit", limit)
                .query(VmStore::version)
                .list();
    }

    /** The owner's first VMs in the order they were made. */
    List<Versioned> first(UserId owner, int limit) {
        return jdbc.sql("SELECT *, xmin" + FROM_START)
                .param("owner", owner.value())
                .param("limit", limit)
                .query((row, number) -> new Versioned(version(row, number), row(row, number)))
                .list();
    }

    private static Version version(ResultSet row, int number) throws SQLException {
        return new Version(new VmId(row.getObject("id", UUID.class)), row.getLong("xmin"));
    }

    /** The owner's VMs in the order they were made. */
    List<Vm> page(UserId owner, VmFilter filter, Cursor after, int limit) {
        return jdbc.sql("""
                        SELECT * FROM vm
                        WHERE owner_id = :owner AND state <> 'deleted' AND (created_at, id) > (:createdAt, :id)
                              AND (:everyState OR state IN (:states)) AND (:everyTemplate OR template = :template)
                              AND (:everyName OR position(lower(:name) in lower(name)) > 0)
                              AND (:everyLabel OR labels @> CAST(:labels AS jsonb)
                                   AND jsonb_exists_all(labels, :labelWords))
                        ORDER BY created_at, id
                        LIMIT :limit
                        """)
                .param("owner", owner.value())
                .param("everyState", filter.states().isEmpty())
                .param(
                        "states",
                        filter.states().isEmpty()
                                ? List.of("")
                                : filter.states().stream().map(VmState::word).toList())
                .param("everyTemplate", filter.template().isEmpty())
                .param("template", filter.template().orElse(""))
                .param("everyName", filter.name().isEmpty())
                .param("name", filter.name().orElse(""))
                .param("everyLabel", filter.labels().equals(Labels.Wanted.ANY))
                .param("labels", filter.labels().values().json())
                .param("labelWords", filter.labels().words().toArray(String[]::new))
                .param("createdAt", timestamp(after.createdAt()))
                .param("id", after.id().value())
                .param("limit", limit)
                .query(VmStore::row)
                .list();
    }

    /** The owner's newest VMs as they are, and those deleted in the last ten minutes. */
    List<Vm> now(UserId owner, int limit) {
        return jdbc.sql("""
                        SELECT * FROM (
                            (SELECT * FROM vm WHERE owner_id = :owner AND state <> 'deleted'
                             ORDER BY created_at DESC, id DESC LIMIT :limit)
                            UNION ALL
                            (SELECT * FROM vm WHERE owner_id = :owner AND state = 'deleted'
                                 AND changed_at > now() - interval '10 minutes'
                             ORDER BY changed_at DESC LIMIT :limit)
                        ) AS vm ORDER BY changed_at, id
                        """)
                .param("owner", owner.value())
                .param("limit", limit)
                .query(VmStore::row)
                .list();
    }

    /** The owner's names that are taken and begin with {@code prefix}. */
    List<String> names(UserId owner, String prefix) {
        return jdbc.sql("""
                        SELECT name FROM vm
                        WHERE owner_id = :owner AND desired <> 'deleted' AND starts_with(lower(name), lower(:prefix))
                        """)
                .param("owner", owner.value())
                .param("prefix", prefix)
                .query(String.class)
                .list();
    }

    /** Inserts a VM and gives it back with the time it was made; a name in use is a {@code DuplicateKeyException}. */
    Vm insert(Vm vm) {
        return jdbc.sql("""
                        INSERT INTO vm (id, owner_id, name, labels, template, cpus, memory_bytes, disk_bytes, iso, user_data,
                            firmware, host, source_vm, source_snapshot, source_serial, parent_id,
                            when_unwatched, restart_policy, desired, force, generation, state)
                        VALUES (:id, :owner, :name, CAST(:labels AS jsonb), :template, :cpus, :memory, :disk, :iso, :userData,
                            :firmware, :host, :sourceVm, :sourceSnapshot, :sourceSerial, :parent,
                            :whenUnwatched, :restartPolicy, :desired, :force, :generation, :state)
                        RETURNING *
                        """)
                .param("id", vm.id().value())
                .param("owner", vm.owner().value())
                .param("name", vm.name())
                .param("labels", vm.labels().json())
                .param("template", vm.template().value())
                .param("cpus", vm.cpus())
                .param("memory", vm.memory().value())
                .param("disk", vm.disk().value())
                .param("iso", vm.iso().map(ImageDigest::value).orElse(null))
                .param("userData", vm.boot().userData().map(ImageDigest::value).orElse(null))
                .param("firmware", vm.boot().firmware().map(VmStore::word).orElse(null))
                .param("host", vm.host().map(HostName::value).orElse(null))
                .params(sourceParams(vm))
                .param("parent", vm.parent().map(VmId::value).orElse(null))
                .param("whenUnwatched", vm.whenUnwatched().word())
                .param("restartPolicy", vm.restarts().policy().word())
                .param("desired", word(vm.desired()))
                .param("force", vm.wish().force())
                .param("generation", vm.generation())
                .param("state", vm.state().word())
                .query(VmStore::row)
                .single();
    }

    /** Writes {@code vm} over the row of the same revision; empty when somebody else has written it meanwhile. */
    Optional<Vm> replace(Vm vm) {
        return replace(vm, REPLACE);
    }

    /** As {@link #replace(Vm)}, for what hosts tell again: it may be forgotten in a power cut. */
    Optional<Vm> replaceLazily(Vm vm) {
        return replace(vm, REPLACE_LAZILY);
    }

    private Optional<Vm> replace(Vm vm, String sql) {
        return jdbc.sql(sql)
                .param("id", vm.id().value())
                .param("revision", vm.revision())
                .param("name", vm.name())
                .param("labels", vm.labels().json())
                .param("cpus", vm.cpus())
                .param("memory", vm.memory().value())
                .param("disk", vm.disk().value())
                .params(sourceParams(vm))
                .param("whenUnwatched", vm.whenUnwatched().word())
                .param("restartPolicy", vm.restarts().policy().word())
                .param("restarts", vm.restarts().inARow())
                .param(
                        "restartDueAt",
                        vm.restarts().due().map(VmStore::timestamp).orElse(null))
                .param("desired", word(vm.desired()))
                .param("force", vm.wish().force())
                .param("restartIn", vm.wish().restart())
                .param("resetIn", vm.wish().reset())
                .param("generation", vm.generation())
                .param("state", vm.state().word())
                .param("host", vm.host().map(HostName::value).orElse(null))
                .param("settled", vm.settled())
                .param("reason", vm.seen().reason().orElse(null))
                .param("bootMillis", vm.seen().bootMillis().orElse(null))
                .param("hooks", vm.seen().hooks().map(VmStore::word).orElse(null))
                .param("expires", vm.expiry().fate().map(VmStore::word).orElse(null))
                .param("expiresAt", vm.expiry().at().map(VmStore::timestamp).orElse(null))
                .param(
                        "unwatchedSince",
                        vm.expiry().unwatchedSince().map(VmStore::timestamp).orElse(null))
                .param(
                        "startedAt",
                        vm.seen().startedAt().map(VmStore::timestamp).orElse(null))
                .query(VmStore::row)
                .optional();
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static OffsetDateTime timestamp(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    private static Map<String, @Nullable Object> sourceParams(Vm vm) {
        Map<String, @Nullable Object> params = new HashMap<>();
        params.put("sourceVm", vm.source().map(source -> source.vm().value()).orElse(null));
        params.put(
                "sourceSnapshot",
                vm.source().map(source -> source.snapshot().value()).orElse(null));
        params.put("sourceSerial", vm.source().map(DiskSource::serial).orElse(null));
        return params;
    }

    /** What {@code host} says that the disks of its VMs take. */
    public void noteDisks(HostName host, Map<VmId, Bytes> used) {
        jdbc.sql("""
                        UPDATE vm SET disk_used_bytes = seen.used
                        FROM unnest(CAST(:vms AS uuid[]), CAST(:used AS bigint[])) AS seen (id, used)
                        WHERE vm.id = seen.id AND vm.host = :host AND vm.state <> 'deleted'
                            AND vm.disk_used_bytes IS DISTINCT FROM seen.used
                        """)
                .param("vms", used.keySet().stream().map(VmId::toString).toArray(String[]::new))
                .param("used", used.values().stream().map(Bytes::value).toArray(Long[]::new))
                .param("host", host.value())
                .update();
    }

    private static Optional<DiskSource> source(ResultSet row) throws SQLException {
        UUID snapshot = row.getObject("source_snapshot", UUID.class);
        return snapshot == null
                ? Optional.empty()
                : Optional.of(new DiskSource(
                        new VmId(row.getObject("source_vm", UUID.class)),
                        new SnapshotId(snapshot),
                        row.getLong("source_serial")));
    }

    static Vm row(ResultSet row, int number) throws SQLException {
        return new Vm(
                new VmId(row.getObject("id", java.util.UUID.class)),
                new UserId(row.getObject("owner_id", java.util.UUID.class)),
                row.getString("name"),
                Labels.read(row.getString("labels")),
                new TemplateName(row.getString("template")),
                row.getInt("cpus"),
                new Bytes(row.getLong("memory_bytes")),
                new Bytes(row.getLong("disk_bytes")),
                Optional.ofNullable(row.getString("iso")).map(ImageDigest::new),
                source(row),
                new Vm.Boot(
                        Optional.ofNullable(row.getString("user_data")).map(ImageDigest::new),
                        Optional.ofNullable(row.getString("firmware"))
                                .map(word -> Firmware.valueOf(word.toUpperCase(Locale.ROOT)))),
                WhenUnwatched.valueOf(row.getString("when_unwatched").toUpperCase(Locale.ROOT)),
                new Vm.Restarts(
                        RestartPolicy.of(row.getString("restart_policy")),
                        row.getInt("restarts"),
                        instant(row, "restart_due_at")),
                new Vm.Wish(
                        VmGoal.valueOf(row.getString("desired").toUpperCase(Locale.ROOT)),
                        row.getBoolean("force"),
                        row.getLong("generation"),
                        row.getLong("restart_in"),
                        row.getLong("reset_in")),
                VmState.of(row.getString("state")),
                Optional.ofNullable(row.getString("host")).map(HostName::new),
                row.getBoolean("settled"),
                new Vm.Seen(
                        Optional.ofNullable(row.getString("reason")),
                        Optional.ofNullable((@Nullable Long) row.getObject("boot_millis", Long.class)),
                        instant(row, "started_at"),
                        Optional.ofNullable(row.getString("hooks"))
                                .map(word -> HookState.valueOf(word.toUpperCase(Locale.ROOT)))),
                new Vm.Expiry(
                        Optional.ofNullable(row.getString("expires"))
                                .map(word -> Vm.Fate.valueOf(word.toUpperCase(Locale.ROOT))),
                        instant(row, "expires_at"),
                        instant(row, "unwatched_since")),
                Optional.ofNullable((@Nullable Long) row.getObject("disk_used_bytes", Long.class))
                        .map(Bytes::new),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(row.getObject("parent_id", UUID.class)).map(VmId::new),
                row.getLong("revision"));
    }
}
