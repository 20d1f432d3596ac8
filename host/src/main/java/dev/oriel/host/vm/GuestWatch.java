package dev.oriel.host.vm;

import dev.oriel.core.host.VmObservation;
import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Asks a running guest's QEMU how it is, every few seconds. Used by one driver. */
final class GuestWatch {
    static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofSeconds(4);
    private static final String NONSENSE = "its process does not speak as it should";
    private static final String SILENT = "its process does not answer";
    private static final String DISK_FULL = "paused-io";

    private final InstanceDirectory directory;
    private final UUID machine;
    private final UnwatchedPause pause = new UnwatchedPause();

    GuestWatch(InstanceDirectory directory, UUID machine) {
        this.directory = directory;
        this.machine = machine;
    }

    /** Whether the guest has stood still for so long that it must be told the time; answers so once. */
    boolean takeClockIsBehind() {
        return pause.takeClockIsBehind();
    }

    /**
     * What is wrong with a guest that runs, if anything. A guest that was paused because the host's disk was full is
     * told to go on: it pauses again when that still fails.
     *
     * @param before what was wrong before
     * @param pauseAfter how long nobody must have watched it for its processors to stand still; empty: they never do
     * @throws StartFailed when its process is not to be trusted any more
     */
    Optional<String> healthOf(Guest guest, Optional<String> before, Optional<Duration> pauseAfter)
            throws StartFailed, InterruptedException {
        if (guest.hasTalkedNonsense()) {
            throw new StartFailed(NONSENSE);
        }
        try {
            guest.connect(directory.socketPaths().qmp(), machine, LIMIT);
            directory.boundLog();
            String status = guest.execute("query-status", Map.of(), LIMIT)
                    .path("status")
                    .asString("");
            return switch (status) {
                case "io-error" -> {
                    guest.tell("cont");
                    yield Optional.of(DISK_FULL);
                }
                case "finish-migrate" -> {
                    // A snapshot of its memory that the VM Manager before this one did not finish.
                    guest.tell("migrate_cancel");
                    yield Optional.empty();
                }
                case "guest-panicked" -> Optional.of(VmObservation.GUEST_PANICKED);
                default ->
                    pause.look(guest, pauseAfter, status)
                            ? Optional.of(VmObservation.PAUSED_UNWATCHED)
                            : Optional.empty();
            };
        } catch (QmpException e) {
            if (e.kind() == QmpException.Kind.NONSENSE) {
                throw new StartFailed(NONSENSE, e);
            }
            return guest.isAlive() ? Optional.of(SILENT) : before;
        } catch (IOException e) {
            return before;
        }
    }
}
