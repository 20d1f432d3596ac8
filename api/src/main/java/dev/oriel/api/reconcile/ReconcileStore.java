package dev.oriel.api.reconcile;

import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What the reconciler asks Postgres: only ids; every step reads the row again. */
@Repository
class ReconcileStore {
    /** Any number, the same on all replicas. */
    private static final long LEADER_LOCK = 0x4f5249454cL;

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(6);

    private final JdbcClient jdbc;

    ReconcileStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Whether this transaction is the one that reconciles now, over all replicas. */
    boolean lead() {
        return jdbc.sql("SELECT pg_try_advisory_xact_lock(:lock)")
                .param("lock", LEADER_LOCK)
                .query(Boolean.class)
                .single();
    }

    /** A VM whose wish is not settled, with how often it was looked at. */
    record Due(VmId vm, long generation, int attempts) {}

    /** Takes unsettled VMs whose time has come, and puts their next time off: 2 s, then 4, then 5 at most. */
    List<Due> takeDue(int limit) {
        return jdbc.sql("""
                        UPDATE vm SET attempts = attempts + 1,
                            due_at = now() + make_interval(secs => least(5, 2 + 2 * attempts))
                        WHERE id IN (
                            SELECT id FROM vm
                            WHERE NOT settled AND state <> 'deleted' AND due_at <= now()
                            ORDER BY due_at LIMIT :limit)
                        RETURNING id, generation, attempts
                        """)
                .param("limit", limit)
                .query((row, number) -> new Due(
                        new VmId(row.getObject("id", UUID.class)), row.getLong("generation"), row.getInt("attempts")))
                .list();
    }

    /**
     * VMs that are to run, but have ended or crashed, and are to be started again by now: at once when their host had
     * ended them, else when their time has come. One that is further off than any wait comes from a clock that jumped.
     */
    List<VmId> toStartAgain(Instant now) {
        return jdbc.sql("""
                        SELECT id FROM vm
                        WHERE desired = 'running' AND settled
                            AND (state IN ('stopped', 'failed') AND restart_due_at IS NULL
                                OR state IN ('stopped', 'failed', 'running')
                                    AND (restart_due_at <= :now OR restart_due_at > :beyond))
                        LIMIT 500
                        """)
                .param("now", now.atOffset(ZoneOffset.UTC))
                .param("beyond", now.plus(LONGEST_WAIT).atOffset(ZoneOffset.UTC))
                .query((row, number) -> new VmId(row.getObject(1, UUID.class)))
                .list();
    }

    /** VMs on {@code host} that are lost when it does not answer. */
    List<VmId> losable(HostName host) {
        return jdbc.sql("""
                        SELECT id FROM vm
                        WHERE host = :host AND state IN ('provisioning', 'starting', 'running', 'suspending', 'stopping')
                        """)
                .param("host", host.value())
                .query((row, number) -> new VmId(row.getObject("id", UUID.class)))
                .list();
    }

    /** Hosts that VMs are on. */
    List<HostName> hosts() {
        return jdbc.sql("SELECT DISTINCT host FROM vm WHERE host IS NOT NULL AND state <> 'deleted'")
                .query((row, number) -> new HostName(row.getString(1)))
                .list();
    }

    /** Of {@code ids}, those with a row, whatever its state. */
    Set<VmId> known(Collection<VmId> ids) {
        return new HashSet<>(jdbc.sql("SELECT id FROM vm WHERE id = ANY(:ids)")
                .param("ids", uuids(ids))
                .query((row, number) -> new VmId(row.getObject(1, UUID.class)))
                .list());
    }

    /** Of {@code ids}, those that are deleted for good. */
    Set<VmId> deleted(Collection<VmId> ids) {
        return new HashSet<>(jdbc.sql("SELECT id FROM vm WHERE id = ANY(:ids) AND state = 'deleted'")
                .param("ids", uuids(ids))
                .query((row, number) -> new VmId(row.getObject(1, UUID.class)))
                .list());
    }

    /** Whether this database has ever had a VM on {@code host}. */
    boolean everUsed(HostName host) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM vm WHERE host = :host)")
                .param("host", host.value())
                .query(Boolean.class)
                .single();
    }

    /** VMs that are to run, by host. */
    Map<String, Integer> runningByHost() {
        return counts("""
                SELECT host, count(*) FROM vm
                WHERE desired = 'running' AND state <> 'deleted' AND host IS NOT NULL GROUP BY host
                """);
    }

    /**
     * How things are, without deleted VMs.
     *
     * @param restless how many are not yet as they should be, or wait for a restart
     */
    record Census(Map<String, Integer> byState, int restless) {}

    Census census() {
        Map<String, Integer> byState = new HashMap<>();
        int[] restless = {0};
        jdbc.sql("""
                        SELECT state, count(*), count(*) FILTER (
                            WHERE NOT settled OR restart_due_at IS NOT NULL
                                OR desired = 'running' AND state IN ('stopped', 'failed', 'lost'))
                        FROM vm WHERE state <> 'deleted' GROUP BY state
                        """).query(row -> {
            byState.put(row.getString(1), row.getInt(2));
            restless[0] += row.getInt(3);
        });
        return new Census(byState, restless[0]);
    }

    private Map<String, Integer> counts(String sql) {
        Map<String, Integer> counts = new HashMap<>();
        jdbc.sql(sql).query(row -> {
            counts.put(row.getString(1), row.getInt(2));
        });
        return counts;
    }

    private static UUID[] uuids(Collection<VmId> ids) {
        List<UUID> values = new ArrayList<>();
        ids.forEach(id -> values.add(id.value()));
        return values.toArray(UUID[]::new);
    }
}
