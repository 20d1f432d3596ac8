package dev.oriel.api.vm;

import dev.oriel.api.account.Usage;
import dev.oriel.core.account.UserId;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * What an owner has. A VM counts as running while it is desired to run; disks count with their full
 * size, since they may fill up, and snapshots and recordings with what they take; one that really takes more counts with that.
 * Private templates count with what is kept of them.
 */
@Repository
class VmQuotaStore {
    private final JdbcClient jdbc;

    VmQuotaStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    Usage usage(UserId owner) {
        return jdbc.sql("""
                        SELECT count(*) FILTER (WHERE desired = 'running') AS running,
                            coalesce(sum(cpus) FILTER (WHERE desired = 'running'), 0) AS cpus,
                            coalesce(sum(memory_bytes) FILTER (WHERE desired = 'running'), 0) / 1048576 AS memory,
                            coalesce(sum(greatest(disk_bytes + coalesce(kept.bytes, 0), disk_used_bytes)), 0)
                                + coalesce((SELECT sum(bytes) FROM recording WHERE owner_id = :owner), 0)
                                + (SELECT coalesce(sum(size_bytes), 0) FROM template
                                    WHERE template.owner_id = :owner AND NOT template.public) AS disk,
                            (SELECT count(*) FROM vm_snapshot JOIN vm alive ON alive.id = vm_snapshot.vm_id
                                WHERE vm_snapshot.owner_id = :owner AND vm_snapshot.state <> 'deleting'
                                    AND NOT passing AND alive.desired <> 'deleted') AS snapshots
                        FROM vm LEFT JOIN (
                                SELECT vm_id, sum(size_bytes) AS bytes FROM vm_snapshot
                                WHERE owner_id = :owner GROUP BY vm_id) kept ON kept.vm_id = vm.id
                        WHERE owner_id = :owner AND desired <> 'deleted'
                        """)
                .param("owner", owner.value())
                .query((row, number) -> new Usage(
                                row.getInt("running"), row.getInt("cpus"), row.getInt("memory"), row.getLong("disk"))
                        .plus(Usage.ofSnapshots(row.getInt("snapshots"), 0)))
                .single();
    }
}
