package dev.oriel.api.upload;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Removes what crashes left of uploads: half-received files, and kept files whose row was never written. */
@Component
class UploadSweeper {
    /** No honest upload takes longer than this. */
    private static final Duration GRACE = Duration.ofHours(24);

    /** A file that comes is written to all the time: what lies still for so long has lost its process. */
    private static final Duration INCOMING_GRACE = Duration.ofMinutes(10);

    private final UploadFiles files;
    private final UploadStore store;
    private final UploadQuotaStore quota;
    private final Clock clock;

    UploadSweeper(UploadFiles files, UploadStore store, UploadQuotaStore quota, Clock clock) {
        this.files = files;
        this.store = store;
        this.quota = quota;
        this.clock = clock;
    }

    /** At once after a start: whatever was on its way when the process before was killed. */
    @Scheduled(initialDelay = 0, fixedDelay = 10, timeUnit = TimeUnit.MINUTES)
    void sweepOld() throws IOException {
        files.sweepIncoming(clock.instant().minus(INCOMING_GRACE)).forEach(quota::release);
        quota.releaseExpired();
        sweep(clock.instant().minus(GRACE));
    }

    void sweep(Instant before) throws IOException {
        files.sweepIncoming(before).forEach(quota::release);
        for (UploadId id : files.keptBefore(before)) {
            if (!store.exists(id)) {
                files.delete(id);
            }
        }
    }
}
