package dev.oriel.api.upload;

import dev.oriel.api.account.Quota;
import dev.oriel.api.account.Quotas;
import dev.oriel.api.account.Turns;
import dev.oriel.api.account.Usage;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.unit.Bytes;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Room for uploads, taken before their first byte comes. Thread-safe. */
@Component
class UploadQuota {
    /** How long a reservation outlives a process that does not renew it. */
    private static final Duration LIFE = Duration.ofMinutes(3);

    private static final Duration RENEWAL = Duration.ofSeconds(45);
    /** An upload of unknown length takes room in pieces of this size. */
    private static final long PIECE = 64L << 20;

    private final UploadQuotaStore store;
    private final Quotas quotas;
    private final Turns turns;

    UploadQuota(UploadQuotaStore store, Quotas quotas, Turns turns) {
        this.turns = turns;
        this.store = store;
        this.quotas = quotas;
    }

    /**
     * Takes room for one file.
     *
     * @param announced its length; negative when it is not known
     * @throws OrielException {@code QUOTA_EXCEEDED}
     */
    Reservation reserve(UserId owner, long announced) {
        Reservation reservation = new Reservation(UUID.randomUUID(), owner);
        reservation.take(Math.max(announced, 0), 1);
        return reservation;
    }

    /** Takes or changes room that lives for {@code life}, whoever comes for it next. */
    void hold(UserId owner, UUID id, Bytes bytes, Duration life) {
        turns.in(owner, () -> {
            Quota quota = quotas.lock(owner);
            store.release(id);
            quota.require(store.used(owner), Usage.ofFiles(1, bytes.value()));
            store.reserve(id, owner, bytes, life);
        });
    }

    void release(UUID id) {
        store.release(id);
    }

    /** Room for one file on its way. For one thread; closing it gives the room back, once the file is a row or nothing. */
    final class Reservation implements AutoCloseable {
        private final UUID id;
        private final UserId owner;
        private long bytes;
        private long renewedNanos;

        private Reservation(UUID id, UserId owner) {
            this.id = id;
            this.owner = owner;
        }

        UUID id() {
            return id;
        }

        /** So many bytes have come: takes more room when that is more than was announced, and stays alive. */
        void cover(long received) {
            if (received > bytes) {
                take(received + PIECE, 0);
            } else if (System.nanoTime() - renewedNanos > RENEWAL.toNanos()) {
                take(bytes, 0);
            }
        }

        private void take(long wanted, int files) {
            turns.in(owner, () -> {
                Quota quota = quotas.lock(owner);
                quota.require(store.used(owner), Usage.ofFiles(files, wanted - bytes));
                store.reserve(id, owner, new Bytes(wanted), LIFE);
            });
            bytes = wanted;
            renewedNanos = System.nanoTime();
        }

        @Override
        public void close() {
            store.release(id);
        }
    }
}
