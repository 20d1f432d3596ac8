package dev.oriel.api.upload;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Ends uploads that come so slowly that they only hold a place. For one thread. */
final class UploadPace {
    private static final long LEAST_BYTES_PER_SECOND = 4 << 10;

    private final LongSupplier nanos;
    private final Duration patience;
    private final long begin;

    /**
     * Begins now.
     *
     * @param patience how long any pace will do: a second at least
     * @param nanos a monotonic clock, as {@link System#nanoTime}
     */
    UploadPace(Duration patience, LongSupplier nanos) {
        this.patience = patience;
        this.nanos = nanos;
        this.begin = nanos.getAsLong();
    }

    /** So many bytes have come since the beginning. */
    void check(long received) {
        Duration passed = Duration.ofNanos(nanos.getAsLong() - begin);
        if (passed.compareTo(patience) > 0 && received / passed.toSeconds() < LEAST_BYTES_PER_SECOND) {
            throw new OrielException(
                    ErrorCode.BAD_REQUEST,
                    "The file comes too slowly. Upload it in pieces that can be resumed, or from a better connection.");
        }
    }
}
