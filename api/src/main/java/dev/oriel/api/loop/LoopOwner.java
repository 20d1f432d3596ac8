package dev.oriel.api.loop;

import java.util.List;
import org.springframework.context.SmartLifecycle;

/** Owns loops: they start before the web server listens and end after it has stopped. */
public abstract class LoopOwner implements SmartLifecycle {
    private volatile List<Loop> loops = List.of();

    /** Starts them; called once per start. */
    protected abstract List<Loop> startLoops();

    /** All loops have ended. */
    protected void loopsEnded() {}

    @Override
    public final void start() {
        loops = List.copyOf(startLoops());
    }

    @Override
    public final void stop() {
        loops.forEach(Loop::close);
        loops = List.of();
        loopsEnded();
    }

    @Override
    public final boolean isRunning() {
        return !loops.isEmpty();
    }

    @Override
    public final int getPhase() {
        return 0;
    }
}
