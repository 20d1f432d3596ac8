package dev.oriel.api.vm;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Quota;
import dev.oriel.api.account.Usage;
import dev.oriel.core.account.UserId;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * What an owner may have and has. A VM counts as running while it is desired to run; disks count with their full
 * size, since they may fill up, and snapshots with what they take; one that really takes more counts with that.
 */
@Repository
class VmQuotaStore {
    private final JdbcClient jdbc;
    private final ApiConfig.QuotaDefaults defaults;

    VmQuotaStore(JdbcClient jdbc, ApiConfig config) {
        this.jdbc = jdbc;
        this.defaults = config.quota();
    }

    /**
     * The owner's quota, with the account's row locked until the transaction ends: whoever reserves next waits here, so
     * that what is counted afterwards stays true until it is used.
     */
    Quota lock(UserId owner) {
        return jdbc.sql("""
                        SELECT quota_running_vms, quota_vcpus, quota_memory_mib, quota_disk_bytes
                        FROM account WHERE id = :owner
                        FOR NO KEY UPDATE
                        """)
                .param("owner", owner.value())
                .query((row, number) -> new Quota(
                        orDefault(row.getObject(1, Integer.class), defaults.runningVms()),
                        orDefault(row.getObject(2, Integer.class), defaults.vcpus()),
                        orDefault(row.getObject(3, Integer.class), defaults.memoryMiB()),
                        orDefault(row.getObject(4, Long.class), defaults.disk().value())))
                .single();
    }

    Usage usage(UserId owner) {
        return jdbc.sql("""
                        SELECT count(*) FILTER (WHERE desired = 'running') AS running,
                            coalesce(sum(cpus) FILTER (WHERE desired = 'running'), 0) AS cpus,
                            coalesce(sum(memory_bytes) FILTER (WHERE desired = 'running'), 0) / 1048576 AS memory,
                            coalesce(sum(greatest(disk_bytes + coalesce(kept.bytes, 0), disk_used_bytes)), 0) AS disk
                        FROM vm LEFT JOIN (
                                SELECT vm_id, sum(size_bytes) AS bytes FROM vm_snapshot
                                WHERE owner_id = :owner GROUP BY vm_id) kept ON kept.vm_id = vm.id
                        WHERE owner_id = :owner AND desired <> 'deleted'
                        """)
                .param("owner", owner.value())
                .query((row, number) ->
                        new Usage(row.getInt("running"), row.getInt("cpus"), row.getInt("memory"), row.getLong("disk")))
                .single();
    }

    private static <T> T orDefault(@org.jspecify.annotations.Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }
}
