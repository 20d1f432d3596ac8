package dev.oriel.host.vm;

import dev.oriel.host.qmp.QmpException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Lets a guest's processors stand still while nobody watches: it keeps its memory and its picture and costs no
 * processor. Somebody who opens its console finds it going on. Used by one driver.
 */
final class UnwatchedPause {
    private static final Duration LIMIT = Duration.ofSeconds(4);
    /** Nobody minds a clock that is behind by less. */
    private static final Duration CLOCK_BEHIND = Duration.ofSeconds(2);

    private long watchedNanos = System.nanoTime();
    private Optional<Long> pausedNanos = Optional.empty();
    private boolean clockIsBehind;

    /**
     * Looks who watches, and pauses the guest or lets it go on.
     *
     * @param after how long nobody must have watched; empty: it is never paused
     * @param status as QEMU's {@code query-status} says
     * @return whether it is paused now
     */
    boolean look(Guest guest, Optional<Duration> after, String status) throws QmpException, InterruptedException {
        boolean paused = status.equals("paused");
        if (after.isEmpty() || isWatched(guest)) {
            watchedNanos = System.nanoTime();
            // What was left standing by a VM Manager that ended in the middle of something goes on too.
            if (paused || status.equals("postmigrate")) {
                return !wake(guest);
            }
            return false;
        }
        if (!paused && System.nanoTime() - watchedNanos >= after.get().toNanos()) {
            paused = guest.tell("stop");
        }
        if (paused && pausedNanos.isEmpty()) {
            pausedNanos = Optional.of(System.nanoTime());
        }
        return paused;
    }

    /** Whether the guest has stood still long enough that it must be told the time; answers so once. */
    boolean takeClockIsBehind() {
        boolean behind = clockIsBehind;
        clockIsBehind = false;
        return behind;
    }

    private boolean wake(Guest guest) throws InterruptedException {
        boolean woken = guest.tell("cont");
        if (woken) {
            clockIsBehind = pausedNanos
                    .map(since -> System.nanoTime() - since > CLOCK_BEHIND.toNanos())
                    .orElse(true);
            pausedNanos = Optional.empty();
        }
        return woken;
    }

    private static boolean isWatched(Guest guest) throws QmpException, InterruptedException {
        JsonNode vnc = guest.execute("query-vnc", Map.of(), LIMIT);
        return !vnc.path("clients").isEmpty();
    }
}
