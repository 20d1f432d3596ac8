package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What each {@code Idempotency-Key} of an owner has made. */
@Repository
public class IdempotencyStore {
    /** A key's first use: the fingerprint of the request and the VM it made. */
    record Made(String fingerprint, VmId vm) {}

    private final JdbcClient jdbc;

    IdempotencyStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Claims {@code key} for {@code made} within the transaction; gives what claimed it before, if anything did. Waits
     * for another transaction that is claiming the same key.
     */
    Optional<Made> claim(UserId owner, String key, Made made) {
        int inserted = jdbc.sql("""
                        INSERT INTO vm_idempotency (owner_id, key, fingerprint, vm_id)
                        VALUES (:owner, :key, :fingerprint, :vm)
                        ON CONFLICT DO NOTHING
                        """)
                .param("owner", owner.value())
                .param("key", key)
                .param("fingerprint", made.fingerprint())
                .param("vm", made.vm().value())
                .update();
        return inserted == 1 ? Optional.empty() : find(owner, key);
    }

    /** What claimed {@code key} before. */
    Optional<Made> find(UserId owner, String key) {
        return jdbc.sql("SELECT fingerprint, vm_id FROM vm_idempotency WHERE owner_id = :owner AND key = :key")
                .param("owner", owner.value())
                .param("key", key)
                .query((row, number) -> new Made(row.getString(1), new VmId(row.getObject(2, UUID.class))))
                .optional();
    }

    /** Forgets keys older than {@code age}. */
    public int forget(Duration age) {
        return jdbc.sql("DELETE FROM vm_idempotency WHERE created_at < now() - make_interval(secs => :seconds)")
                .param("seconds", (double) age.toSeconds())
                .update();
    }
}
