package dev.oriel.host.instant;

import dev.oriel.host.qemu.Hypervisor;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Has as many warm clones wait as are wanted and as memory allows. Thread-safe; one thread fills. */
final class PoolFilling {
    /** A hand-out is followed by somebody who looks: their picture comes before the next clone. */
    private static final Duration AFTER_TAKE = Duration.ofSeconds(1);
    /** What a warm clone takes at most on average, seen at a desktop of 512 MiB. */
    private static final long CLONE_BYTES = 140L << 20;

    private final ClonePool pool;
    private final InstantConfig config;
    private final Map<Kind, Situation> situations;
    private final CountDownLatch closing;
    private final Demand demand = new Demand(System::nanoTime);

    /** @param situations what is known of all kinds, written by others */
    PoolFilling(ClonePool pool, InstantConfig config, Map<Kind, Situation> situations, CountDownLatch closing) {
        this.pool = pool;
        this.config = config;
        this.situations = situations;
        this.closing = closing;
    }

    /** A VM has begun from the state of this key. */
    void noteUseOf(String key) {
        situations.forEach((kind, known) -> {
            if (kind.isUsual() && known.key().equals(key)) {
                demand.note(kind.template());
            }
        });
    }

    /** Makes or ends one clone; false when there is nothing to do. */
    boolean next(Hypervisor hypervisor) throws IOException, InterruptedException {
        for (Map.Entry<Kind, Situation> entry : situations.entrySet()) {
            Optional<InstantStart> start = entry.getValue().start();
            if (start.filter(InstantStart::isHeld).isPresent()
                    && pool.ready(start.get().frozen().key()) < targetOf(entry.getKey())
                    && fitsAnother()) {
                Duration rest = AFTER_TAKE.minus(pool.sinceTaken());
                if (closing.await(Math.max(0, rest.toMillis()), TimeUnit.MILLISECONDS)) {
                    return false;
                }
                pool.fill(
                        start.get().frozen(),
                        start.get().memory(),
                        entry.getValue().shape(),
                        hypervisor);
                // The template may have changed meanwhile: nobody takes a clone of what it was.
                pool.retain(Situation.keysOf(situations.values()));
                return true;
            }
        }
        return endOneTooMany();
    }

    /** Warm clones that were worth keeping while many VMs began are let go one by one. */
    private boolean endOneTooMany() {
        for (Map.Entry<Kind, Situation> entry : situations.entrySet()) {
            String key = entry.getValue().key();
            if (pool.ready(key) > targetOf(entry.getKey()) && pool.drop(key)) {
                return true;
            }
        }
        return false;
    }

    /** Why there are fewer warm clones of a template than wanted, when nothing will change that by itself. */
    Optional<String> isPoor(Situation known) {
        boolean wants = situations.entrySet().stream()
                .anyMatch(
                        entry -> entry.getValue().equals(known) && pool.ready(known.key()) < targetOf(entry.getKey()));
        return wants && known.start().isPresent() && !fitsAnother()
                ? Optional.of("no memory left for warm clones")
                : Optional.empty();
    }

    private boolean fitsAnother() {
        return (pool.size() + 1) * CLONE_BYTES <= config.poolMemory().value();
    }

    /** Other hardware has no warm clones: it starts from its frozen state. */
    int targetOf(Kind kind) {
        return kind.isUsual() ? config.poolFor(kind.template(), demand.of(kind.template())) : 0;
    }
}
