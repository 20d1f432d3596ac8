package dev.oriel.api.session;

import dev.oriel.core.account.UserId;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/**
 * An active session as Redis keeps it.
 *
 * @param round how many sessions of this run of the VM were ended before: part of the id
 * @param ended cut by its user or an administrator: not made again until a console opens
 */
record SessionRecord(
        SessionId id,
        VmId vm,
        UserId user,
        Instant startedAt,
        Instant lastActiveAt,
        long run,
        int round,
        boolean ended) {

    /** The first session of {@code user} in a run of {@code vm}; {@code run} is the generation that started it. */
    static SessionRecord first(VmId vm, UserId user, long run, Instant startedAt) {
        return of(vm, user, run, 0, startedAt);
    }

    /** The session after this one was ended. */
    SessionRecord next(Instant now) {
        return of(vm, user, run, round + 1, now);
    }

    SessionRecord asEnded() {
        return new SessionRecord(id, vm, user, startedAt, lastActiveAt, run, round, true);
    }

    SessionRecord activeAt(Instant at) {
        return at.isAfter(lastActiveAt) ? new SessionRecord(id, vm, user, startedAt, at, run, round, ended) : this;
    }

    /**
     * The id follows from the rest, so that a session made again after Redis forgot it is the one that open consoles
     * belong to.
     */
    private static SessionRecord of(VmId vm, UserId user, long run, int round, Instant startedAt) {
        String seed = "session " + vm + " " + user + " " + run + " " + round;
        SessionId id = new SessionId(UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.US_ASCII)));
        return new SessionRecord(id, vm, user, startedAt, startedAt, run, round, false);
    }
}
