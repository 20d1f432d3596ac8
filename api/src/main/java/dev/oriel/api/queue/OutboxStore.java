package dev.oriel.api.queue;

import dev.oriel.core.vm.VmId;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code vm_outbox}: wishes that were committed and are not yet in the queue. */
@Repository
class OutboxStore {
    private final JdbcClient jdbc;

    OutboxStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void add(VmId vm, long generation) {
        jdbc.sql("INSERT INTO vm_outbox (vm_id, generation) VALUES (:vm, :generation)")
                .param("vm", vm.value())
                .param("generation", generation)
                .update();
    }

    /** Takes up to {@code limit} entries out; they come back when the transaction does not commit. */
    List<LifecycleEntry> take(int limit) {
        return jdbc.sql("""
                        DELETE FROM vm_outbox WHERE id IN (
                            SELECT id FROM vm_outbox ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
                        -- The queue has them when this commits: lost in a power cut, they only come once more.
                        AND set_config('synchronous_commit', 'off', true) <> ''
                        RETURNING vm_id, generation
                        """)
                .param("limit", limit)
                .query((row, number) ->
                        new LifecycleEntry(new VmId(row.getObject("vm_id", UUID.class)), row.getLong("generation")))
                .list();
    }
}
