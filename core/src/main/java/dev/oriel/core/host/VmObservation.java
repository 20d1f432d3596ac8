package dev.oriel.core.host;

import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import java.time.Instant;
import java.util.Optional;

/**
 * What a host sees of one VM now.
 *
 * @param generation of the newest assignment the host works on
 * @param settled whether that assignment's goal is reached (or failed): nothing more will happen by itself
 * @param reason why it failed, or why it is paused: a short sentence without paths, stderr or guest text
 * @param bootMillis time from the assignment to the first full frame, in milliseconds
 * @param startedAt when its present process began to run the guest
 * @param hooks whether a guest that is a copy has been told so; empty: there is nothing to tell
 */
public record VmObservation(
        VmId vm,
        long generation,
        VmPhase phase,
        boolean settled,
        Optional<String> reason,
        Optional<Long> bootMillis,
        Optional<Instant> startedAt,
        Optional<HookState> hooks) {
    /** Of a guest that need not be told anything. */
    public VmObservation(
            VmId vm,
            long generation,
            VmPhase phase,
            boolean settled,
            Optional<String> reason,
            Optional<Long> bootMillis,
            Optional<Instant> startedAt) {
        this(vm, generation, phase, settled, reason, bootMillis, startedAt, Optional.empty());
    }

    /**
     * The {@code reason} of a VM, stopped or failed, that its host ended and not the guest: at the host's own shutdown,
     * or because it had no process any more when the host came back. What was desired of it stands: it starts again.
     */
    public static final String HOST_SHUTDOWN = "host-shutdown";

    /** The {@code reason} of a VM that runs, but whose guest has told that its system crashed. */
    public static final String GUEST_PANICKED = "guest-panicked";

    /** The {@code reason} of a VM that runs, but whose processors stand still because nobody watches. */
    public static final String PAUSED_UNWATCHED = "paused-unwatched";

    /** Whether its guest's system has crashed. */
    public boolean panicked() {
        return reason.filter(GUEST_PANICKED::equals).isPresent();
    }

    /** What is seen of a VM of which the host holds nothing any more. */
    public static VmObservation gone(VmId vm, long generation) {
        return new VmObservation(
                vm, generation, VmPhase.GONE, true, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Whether the host, not the guest or its user, ended it. */
    public boolean endedByHost() {
        return reason.filter(HOST_SHUTDOWN::equals).isPresent();
    }
}
