package dev.oriel.api.snapshot;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.stereotype.Component;

/**
 * The disks of snapshots as images for their owners to keep. Each is a copy on its host for as long as it is read, so
 * that an account reads few of them at a time. Thread-safe.
 */
@Component
public class SnapshotDownloads {
    private static final int AT_ONCE = 2;
    private static final int AGAIN_SECONDS = 10;

    private final Snapshots snapshots;
    private final Map<UserId, Integer> open = new ConcurrentHashMap<>();

    SnapshotDownloads(Snapshots snapshots) {
        this.snapshots = snapshots;
    }

    /** One qcow2 image that refers to no other file; the caller closes it. Takes as long as copying does. */
    public SnapshotImage open(UserId owner, VmId vm, SnapshotId id) {
        if (open.merge(owner, 1, Integer::sum) > AT_ONCE) {
            close(owner);
            throw new OrielException(
                    ErrorCode.RATE_LIMITED,
                    "At most " + AT_ONCE + " downloads of snapshots at a time.",
                    Map.of("retryAfter", AGAIN_SECONDS));
        }
        boolean opened = false;
        try {
            SnapshotImage image = snapshots.open(owner, vm, id);
            opened = true;
            return new SnapshotImage(image.size(), new Counted(image.content(), owner));
        } finally {
            if (!opened) {
                close(owner);
            }
        }
    }

    private void close(UserId owner) {
        open.computeIfPresent(owner, (_, count) -> count == 1 ? null : count - 1);
    }

    private final class Counted extends FilterInputStream {
        private final UserId owner;
        private final AtomicBoolean closed = new AtomicBoolean();

        Counted(InputStream content, UserId owner) {
            super(content);
            this.owner = owner;
        }

        @Override
        public void close() throws IOException {
            if (closed.compareAndSet(false, true)) {
                SnapshotDownloads.this.close(owner);
            }
            super.close();
        }
    }
}
