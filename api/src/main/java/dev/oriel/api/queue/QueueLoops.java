package dev.oriel.api.queue;

import dev.oriel.api.loop.Loop;
import dev.oriel.api.loop.LoopOwner;
import dev.oriel.api.loop.Nudge;
import java.time.Duration;
import java.util.List;
import org.springframework.stereotype.Component;

/** Owns the loops of the queue: they start before the web server listens and end after it has stopped. */
@Component
class QueueLoops extends LoopOwner {
    private static final Duration TIDY_EVERY = Duration.ofSeconds(2);

    private final OutboxRelay relay;
    private final LifecycleWorker worker;
    private final Nudge never = new Nudge();

    QueueLoops(OutboxRelay relay, LifecycleWorker worker) {
        this.relay = relay;
        this.worker = worker;
    }

    @Override
    protected List<Loop> startLoops() {
        return List.of(
                Loop.start("outbox-relay", relay::turn),
                Loop.start("lifecycle-worker", worker::read),
                Loop.start("lifecycle-reclaim", () -> {
                    never.await(TIDY_EVERY);
                    worker.tidy();
                }));
    }

    @Override
    protected void loopsEnded() {
        worker.close();
    }
}
