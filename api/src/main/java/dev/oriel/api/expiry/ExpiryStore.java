package dev.oriel.api.expiry;

import dev.oriel.api.VmLimitRules.Limits;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.WhenUnwatched;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What decides how long VMs may stay. */
@Repository
class ExpiryStore {
    /** Any number but the reconciler's, the same on all replicas. */
    private static final long LEADER_LOCK = 0x4f524945_4cL + 1;

    private final JdbcClient jdbc;

    ExpiryStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Whether this transaction is the one that looks now, over all replicas. */
    boolean lead() {
        return jdbc.sql("SELECT pg_try_advisory_xact_lock(:lock)")
                .param("lock", LEADER_LOCK)
                .query(Boolean.class)
                .single();
    }

    /** VMs that run, or have ended, and are wanted. */
    List<Candidate> candidates() {
        return jdbc.sql("""
                        SELECT vm.id, host, template, state, when_unwatched, started_at, ended_at, expires, expires_at, unwatched_since,
                            vm_lifetime_minutes, vm_idle_minutes, vm_keep_days
                        FROM vm JOIN account ON account.id = owner_id
                        WHERE desired = 'running' AND state = 'running'
                            OR desired = 'stopped' AND state IN ('stopped', 'failed')
                        """).query((row, number) -> candidate(row)).list();
    }

    private static Candidate candidate(ResultSet row) throws SQLException {
        VmState state = VmState.of(row.getString("state"));
        return new Candidate(
                new VmId(row.getObject("id", UUID.class)),
                Optional.ofNullable(row.getString("host")).map(HostName::new),
                row.getString("template"),
                state,
                WhenUnwatched.valueOf(row.getString("when_unwatched").toUpperCase(Locale.ROOT)),
                instant(row, state == VmState.RUNNING ? "started_at" : "ended_at"),
                new Vm.Expiry(
                        Optional.ofNullable(row.getString("expires"))
                                .map(word -> Vm.Fate.valueOf(word.toUpperCase(Locale.ROOT))),
                        instant(row, "expires_at"),
                        instant(row, "unwatched_since")),
                new Limits(
                        limit(row, "vm_lifetime_minutes").map(Duration::ofMinutes),
                        limit(row, "vm_idle_minutes").map(Duration::ofMinutes),
                        limit(row, "vm_keep_days").map(Duration::ofDays)));
    }

    private static Optional<Long> limit(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(value);
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
