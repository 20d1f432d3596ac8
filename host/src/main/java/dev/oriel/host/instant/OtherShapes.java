package dev.oriel.host.instant;

import dev.oriel.core.unit.Bytes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which hardware beside their templates' own is worth a frozen state: what VMs were made with lately, bounded in number
 * and memory; what was not used for longest goes first. Thread-safe.
 */
final class OtherShapes {
    /** Nothing goes before it has been there for as many delays: else strange wishes would keep a host freezing. */
    private static final int KEPT_DELAYS = 20;

    private final int most;
    private final Bytes memory;
    private final Duration delay;
    private final Clock clock;
    private final Map<Kind, Use> uses = new HashMap<>();

    private record Use(Instant due, Instant last) {}

    /**
     * @param memory most that all of them together may have
     * @param delay between the first wish, when somebody boots such a VM, and the work for the next one
     */
    OtherShapes(int most, Bytes memory, Duration delay, Clock clock) {
        this.most = most;
        this.memory = memory;
        this.delay = delay;
        this.clock = clock;
    }

    /** A VM of this kind begins; false when there is no room for a state of it. */
    synchronized boolean note(Kind kind) {
        Instant now = clock.instant();
        Use known = uses.get(kind);
        if (known == null && !makeRoomFor(kind, now)) {
            return false;
        }
        uses.put(kind, new Use(known == null ? now.plus(delay) : known.due(), now));
        return true;
    }

    /** A state of this kind is there from before; false when there is no room for it. */
    synchronized boolean adopt(Kind kind, Instant lastUsed) {
        boolean fits = uses.containsKey(kind) || fits(kind);
        if (fits) {
            uses.put(kind, new Use(lastUsed, lastUsed));
        }
        return fits;
    }

    /** Those that a state is to be there of by now. */
    synchronized List<Kind> due() {
        Instant now = clock.instant();
        return uses.entrySet().stream()
                .filter(entry -> !entry.getValue().due().isAfter(now))
                .sorted(Comparator.comparing(entry -> entry.getValue().due()))
                .map(Map.Entry::getKey)
                .toList();
    }

    synchronized Set<Kind> all() {
        return new HashSet<>(uses.keySet());
    }

    /** Nobody will ask for it any more. */
    synchronized void forget(Kind kind) {
        uses.remove(kind);
    }

    private boolean makeRoomFor(Kind kind, Instant now) {
        if (most == 0 || kind.memoryBytes() > memory.value()) {
            return false;
        }
        Instant old = now.minus(delay.multipliedBy(KEPT_DELAYS));
        while (!fits(kind)) {
            Optional<Kind> oldest = uses.entrySet().stream()
                    .filter(entry -> entry.getValue().last().isBefore(old))
                    .min(Comparator.comparing(entry -> entry.getValue().last()))
                    .map(Map.Entry::getKey);
            if (oldest.isEmpty()) {
                return false;
            }
            uses.remove(oldest.get());
        }
        return true;
    }

    private boolean fits(Kind kind) {
        long taken = uses.keySet().stream().mapToLong(Kind::memoryBytes).sum();
        return uses.size() < most && taken + kind.memoryBytes() <= memory.value();
    }
}
