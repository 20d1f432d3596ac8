package dev.oriel.api.queue;

import dev.oriel.api.loop.Loop;
import dev.oriel.api.loop.Nudge;
import java.time.Duration;
import java.util.List;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Owns the loops of the queue: they start before the web server listens and end after it has stopped. */
@Component
class QueueLoops implements SmartLifecycle {
    private static final Duration TIDY_EVERY = Duration.ofSeconds(1);

    private final OutboxRelay relay;
    private final LifecycleWorker worker;
    private final Nudge never = new Nudge();
    private volatile List<Loop> loops = List.of();

    QueueLoops(OutboxRelay relay, LifecycleWorker worker) {
        this.relay = relay;
        this.worker = worker;
    }

    @Override
    public void start() {
        loops = List.of(
                Loop.start("outbox-relay", relay::turn),
                Loop.start("lifecycle-worker", worker::read),
                Loop.start("lifecycle-reclaim", () -> {
                    never.await(TIDY_EVERY);
                    worker.tidy();
                }));
    }

    @Override
    public void stop() {
        loops.forEach(Loop::close);
        loops = List.of();
        worker.close();
    }

    @Override
    public boolean isRunning() {
        return !loops.isEmpty();
    }

    @Override
    public int getPhase() {
        return 0;
    }
}
