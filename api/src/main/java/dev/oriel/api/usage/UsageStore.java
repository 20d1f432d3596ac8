package dev.oriel.api.usage;

import dev.oriel.core.account.UserId;
import java.time.LocalDate;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The intervals that a trigger on the table of VMs writes; see {@code V53__usage.sql}. Thread-safe. */
@Component
class UsageStore {
    private final JdbcClient sql;

    UsageStore(JdbcClient sql) {
        this.sql = sql;
    }

    /**
     * What an account used on one day, in UTC.
     *
     * @param vcpuSeconds running seconds times processors, {@code memoryMiBSeconds} times memory
     * @param diskByteHours hours times bytes of all disks, running or not
     * @param uploadBytes of all files that were stored
     */
    record Day(
            LocalDate day,
            double runningSeconds,
            double vcpuSeconds,
            double memoryMiBSeconds,
            double suspendedSeconds,
            double diskByteHours,
            long uploadBytes) {
        static Day none(LocalDate day) {
            return new Day(day, 0, 0, 0, 0, 0, 0);
        }

        Day plus(Day other) {
            return new Day(
                    day,
                    runningSeconds + other.runningSeconds,
                    vcpuSeconds + other.vcpuSeconds,
                    memoryMiBSeconds + other.memoryMiBSeconds,
                    suspendedSeconds + other.suspendedSeconds,
                    diskByteHours + other.diskByteHours,
                    uploadBytes + other.uploadBytes);
        }
    }

    /** How long VMs of one size ran and were suspended. */
    record OfSize(int cpus, int memoryMiB, double runningSeconds, double suspendedSeconds) {}

    /** Each day from {@code from} to {@code to}, both of them too, also those without any use. */
    List<Day> days(UserId owner, LocalDate from, LocalDate to) {
        return sql.sql("""
                        WITH part AS (
                            SELECT day, kind, cpus, memory_bytes, disk_bytes,
                                   extract(epoch FROM least(coalesce(ended_at, usage_now()), (day + 1) AT TIME ZONE 'UTC')
                                                      - greatest(began_at, day AT TIME ZONE 'UTC')) AS seconds
                            FROM (SELECT generate_series(CAST(:from AS date), CAST(:to AS date), '1 day')::date AS day) days
                                 JOIN usage_interval ON owner_id = :owner
                                      AND began_at < (day + 1) AT TIME ZONE 'UTC'
                                      AND coalesce(ended_at, usage_now()) > day AT TIME ZONE 'UTC'
                        )
                        SELECT days.day,
                               coalesce(sum(seconds) FILTER (WHERE kind = 'running'), 0) AS running,
                               coalesce(sum(seconds * cpus) FILTER (WHERE kind = 'running'), 0) AS vcpus,
                               coalesce(sum(seconds * memory_bytes / 1048576) FILTER (WHERE kind = 'running'), 0) AS memory,
                               coalesce(sum(seconds) FILTER (WHERE kind = 'suspended'), 0) AS suspended,
                               coalesce(sum(seconds * disk_bytes / 3600) FILTER (WHERE kind = 'disk'), 0) AS disk,
                               (SELECT coalesce(sum(bytes), 0) FROM usage_upload
                                WHERE owner_id = :owner AND at >= days.day AT TIME ZONE 'UTC'
                                      AND at < (days.day + 1) AT TIME ZONE 'UTC') AS uploads
                        FROM (SELECT generate_series(CAST(:from AS date), CAST(:to AS date), '1 day')::date AS day) days
                             LEFT JOIN part ON part.day = days.day
                        GROUP BY days.day ORDER BY days.day
                        """)
                .param("owner", owner.value())
                .param("from", from.toString())
                .param("to", to.toString())
                .query((row, number) -> new Day(
                        row.getObject("day", LocalDate.class),
                        row.getDouble("running"),
                        row.getDouble("vcpus"),
                        row.getDouble("memory"),
                        row.getDouble("suspended"),
                        row.getDouble("disk"),
                        row.getLong("uploads")))
                .list();
    }

    /** The same days by the size of VMs, the smallest first. */
    List<OfSize> sizes(UserId owner, LocalDate from, LocalDate to) {
        return sql.sql("""
                        SELECT cpus, memory_bytes / 1048576 AS memory,
                               coalesce(sum(seconds) FILTER (WHERE kind = 'running'), 0) AS running,
                               coalesce(sum(seconds) FILTER (WHERE kind = 'suspended'), 0) AS suspended
                        FROM (SELECT kind, cpus, memory_bytes, extract(epoch FROM
                                     least(coalesce(ended_at, usage_now()), (CAST(:to AS date) + 1) AT TIME ZONE 'UTC')
                                     - greatest(began_at, CAST(:from AS date) AT TIME ZONE 'UTC')) AS seconds
                              FROM usage_interval
                              WHERE owner_id = :owner AND kind <> 'disk'
                                    AND began_at < (CAST(:to AS date) + 1) AT TIME ZONE 'UTC'
                                    AND coalesce(ended_at, usage_now()) > CAST(:from AS date) AT TIME ZONE 'UTC') part
                        GROUP BY cpus, memory_bytes ORDER BY cpus, memory_bytes
                        """)
                .param("owner", owner.value())
                .param("from", from.toString())
                .param("to", to.toString())
                .query((row, number) -> new OfSize(
                        row.getInt("cpus"), row.getInt("memory"), row.getDouble("running"), row.getDouble("suspended")))
                .list();
    }

    /** Says that an API is at work; true after a long silence, which nobody pays for. */
    boolean beat() {
        return sql.sql("SELECT usage_beat()").query(Boolean.class).single();
    }
}
