package dev.oriel.api.recording;

import dev.oriel.core.account.UserId;
import dev.oriel.core.console.RecordingId;
import dev.oriel.core.host.HostName;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A recording as Postgres has it.
 *
 * @param byTemplate whether its template's rule asked for it: then its owner does not end it
 * @param reason why it ended
 * @param size as last seen
 */
record Recording(
        RecordingId id,
        VmId vm,
        UserId owner,
        HostName host,
        State state,
        boolean byTemplate,
        Optional<String> reason,
        Instant startedAt,
        Optional<Instant> endedAt,
        Duration length,
        Bytes size,
        Bytes maxSize) {
    /** Where it stands. */
    enum State {
        RECORDING,
        ENDED,
        /** Its gateway is yet to be told. */
        DELETING;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
