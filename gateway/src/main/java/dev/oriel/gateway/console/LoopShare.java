package dev.oriel.gateway.console;

import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.wire.Chunk;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the consoles of one event loop share instead of each having its own: the memory all reads go through, the memory
 * that what may pass to a VM is written to, and one timer that looks after all of them. Only on that loop's thread.
 */
final class LoopShare {
    /** Where a read begins: a frame header fits in front. */
    static final int AT = Frames.MAX_HEADER;
    /**
     * More than the kernel holds for one unix socket. With its header it is one of the allocator's sizes: what a stuck
     * viewer keeps is this, and never the next size above 256 KiB.
     */
    static final int READ = (224 << 10) - AT;
    /** Read from a viewer at once, in bytes: it types and moves a pointer. */
    static final int VIEWER_READ = 16 << 10;
    /** A held-back text of 256 KiB, a read behind it, and the releases that may be added to that. */
    static final int UPSTREAM = 512 << 10;

    private static final FastThreadLocal<LoopShare> SHARES = new FastThreadLocal<>() {
        @Override
        protected LoopShare initialValue() {
            return new LoopShare();
        }

        @Override
        protected void onRemoval(LoopShare share) {
            share.read.release();
            share.upstream.release();
            share.control.release();
        }
    };

    final Chunk read = Chunk.of(AT + READ);
    final Chunk upstream = Chunk.of(UPSTREAM);
    /** For small frames: the other two may be in use. */
    final Chunk control = Chunk.of(256);

    private final Set<Console> consoles = new LinkedHashSet<>();
    private @Nullable ScheduledFuture<?> watch;

    private LoopShare() {}

    /** The share of the loop whose thread calls. */
    static LoopShare here() {
        return SHARES.get();
    }

    /** Looks after {@code console} from now on, every {@code periodMillis}. */
    void add(Console console, EventLoop loop, long periodMillis) {
        consoles.add(console);
        if (watch == null) {
            watch = loop.scheduleWithFixedDelay(this::look, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
        }
    }

    /** Harmless when it is not here. */
    void remove(Console console) {
        if (consoles.remove(console) && consoles.isEmpty() && watch != null) {
            watch.cancel(false);
            watch = null;
        }
    }

    private void look() {
        long now = System.nanoTime();
        for (Console console : List.copyOf(consoles)) {
            console.watch(now);
        }
    }
}
