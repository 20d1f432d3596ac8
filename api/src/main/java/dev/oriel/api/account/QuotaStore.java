package dev.oriel.api.account;

import dev.oriel.api.ApiConfig;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.util.Map;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The limits in the table of accounts. Thread-safe. */
@Component
class QuotaStore implements Quotas {
    private static final String LIMITS = """
            SELECT coalesce(quota_running_vms, :runningVms), coalesce(quota_vcpus, :vcpus),
                   coalesce(quota_memory_mib, :memoryMiB), coalesce(quota_disk_bytes, :diskBytes),
                   coalesce(quota_snapshots, :snapshots), coalesce(quota_upload_files, :uploadFiles),
                   coalesce(quota_upload_bytes, :uploadBytes), coalesce(quota_consoles, :consoles),
                   budget_spent IS NOT NULL AND budget_action <> 'warn'
            FROM account WHERE id = :id
            """;

    private static final String LOCKED = LIMITS + " AND NOT disabled FOR NO KEY UPDATE";

    private final JdbcClient sql;
    private final Map<String, Object> defaults;

    QuotaStore(JdbcClient sql, ApiConfig config) {
        this.sql = sql;
        this.defaults = Map.of(
                "runningVms", config.quota().runningVms(),
                "vcpus", config.quota().vcpus(),
                "memoryMiB", config.quota().memoryMiB(),
                "diskBytes", config.quota().disk().value(),
                "snapshots", config.quota().snapshots(),
                "consoles", config.quota().consoles(),
                "uploadFiles", config.uploadQuota().files(),
                "uploadBytes", config.uploadQuota().bytes().value());
    }

    @Override
    public Optional<Quota> find(UserId owner) {
        return read(LIMITS, owner).optional().map(Limits::quota);
    }

    @Override
    public Quota lock(UserId owner) {
        return read(LOCKED, owner).single().quota();
    }

    @Override
    public Quota lockToRun(UserId owner) {
        Limits limits = read(LOCKED, owner).single();
        if (limits.spent()) {
            throw spent();
        }
        return limits.quota();
    }

    @Override
    public void requireBudget(UserId owner) {
        if (read(LIMITS, owner).single().spent()) {
            throw spent();
        }
    }

    private static OrielException spent() {
        return new OrielException(
                ErrorCode.QUOTA_EXCEEDED, "This month's budget is spent: nothing more can be started.");
    }

    private record Limits(Quota quota, boolean spent) {}

    private JdbcClient.MappedQuerySpec<Limits> read(String query, UserId owner) {
        return sql.sql(query)
                .params(defaults)
                .param("id", owner.value())
                .query((row, number) -> new Limits(
                        new Quota(
                                row.getInt(1),
                                row.getInt(2),
                                row.getInt(3),
                                row.getLong(4),
                                row.getInt(5),
                                row.getInt(6),
                                row.getLong(7),
                                row.getInt(8)),
                        row.getBoolean(9)));
    }
}
