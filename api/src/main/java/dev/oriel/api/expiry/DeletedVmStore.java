package dev.oriel.api.expiry;

import java.time.Instant;
import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of VMs that are deleted for good. */
@Repository
class DeletedVmStore {
    private final JdbcClient jdbc;

    DeletedVmStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Removes up to {@code limit} that were deleted before {@code before}. The last one of every host stays: by it, this
     * database knows the host as its own.
     */
    int prune(Instant before, int limit) {
        return jdbc.sql("""
                        DELETE FROM vm WHERE id IN (
                            SELECT id FROM vm
                            WHERE state = 'deleted' AND changed_at < :before
                              AND NOT EXISTS (SELECT 1 FROM vm_snapshot WHERE vm_id = vm.id)
                              AND EXISTS (SELECT 1 FROM vm later
                                          WHERE later.host IS NOT DISTINCT FROM vm.host
                                            AND (later.changed_at, later.id) > (vm.changed_at, vm.id))
                            LIMIT :limit
                            FOR UPDATE SKIP LOCKED)
                        """)
                .param("before", before.atOffset(ZoneOffset.UTC))
                .param("limit", limit)
                .update();
    }
}
