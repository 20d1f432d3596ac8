package dev.oriel.api.account;

import dev.oriel.api.http.FieldError;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What can be limited for one account; the column that holds an account's own limit is named after it. */
public enum QuotaKind {
    RUNNING_VMS("runningVms", "quota_running_vms", 10_000),
    VCPUS("vcpus", "quota_vcpus", 100_000),
    MEMORY_MIB("memoryMiB", "quota_memory_mib", 1 << 30),
    DISK_BYTES("diskBytes", "quota_disk_bytes", 1L << 60),
    SNAPSHOTS("snapshots", "quota_snapshots", 100_000),
    UPLOAD_FILES("uploadFiles", "quota_upload_files", 1_000_000),
    UPLOAD_BYTES("uploadBytes", "quota_upload_bytes", 1L << 60),
    CONSOLES("consoles", "quota_consoles", 100_000),
    /** How long after its start a VM is stopped; 0: never. */
    VM_LIFETIME_MINUTES("vmLifetimeMinutes", "vm_lifetime_minutes", 1 << 24),
    /** For how long nobody may watch a VM before it is stopped; 0: for ever. */
    VM_IDLE_MINUTES("vmIdleMinutes", "vm_idle_minutes", 1 << 24),
    /** How long a VM may not run before it is deleted; 0: for ever. */
    VM_KEEP_DAYS("vmKeepDays", "vm_keep_days", 1 << 16);

    private final String field;
    private final String column;
    private final long max;

    QuotaKind(String field, String column, long max) {
        this.field = field;
        this.column = column;
        this.max = max;
    }

    /** Its name in JSON. */
    public String field() {
        return field;
    }

    /** The largest limit that can be set. */
    public long max() {
        return max;
    }

    /**
     * Limits as they stand in requests: a number each, or null for the configured default.
     *
     * @throws dev.oriel.core.error.OrielException bad-request naming the limit
     */
    public static Map<QuotaKind, OptionalLong> parse(@Nullable Map<String, @Nullable Long> wanted) {
        Map<QuotaKind, OptionalLong> quota = new EnumMap<>(QuotaKind.class);
        if (wanted == null) {
            return quota;
        }
        wanted.forEach((name, limit) -> {
            QuotaKind kind =
                    ofField(name).orElseThrow(() -> FieldError.problem("quota." + name, "is no quota that there is"));
            if (limit != null && (limit < 0 || limit > kind.max())) {
                throw FieldError.problem("quota." + name, "must be 0 to " + kind.max() + ", or null for the default");
            }
            quota.put(kind, limit == null ? OptionalLong.empty() : OptionalLong.of(limit));
        });
        return quota;
    }

    String column() {
        return column;
    }

    /** The kind with this name in JSON. */
    public static Optional<QuotaKind> ofField(String field) {
        return Arrays.stream(values()).filter(kind -> kind.field.equals(field)).findFirst();
    }
}
