package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Who listens to changes of their VMs. A listener that does not keep up is cut, and asks again. Thread-safe. */
@Component
class VmEvents implements VmListener {
    private static final int MAX_PER_USER = 20;
    private static final int MAX_WAITING = 256;

    private final Map<UserId, Set<Feed>> feeds = new ConcurrentHashMap<>();
    private volatile boolean closing;

    /** One listener. Read by one thread, filled by any. */
    final class Feed implements AutoCloseable {
        private final UserId owner;
        private final BlockingQueue<Vm> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
        private final Map<VmId, Long> revisions = new HashMap<>();
        private volatile boolean cut;

        private Feed(UserId owner) {
            this.owner = owner;
        }

        /** The next change, waiting up to {@code limit}; older versions of what was given before are left out. */
        Optional<Vm> next(Duration limit) throws InterruptedException {
            Vm vm = waiting.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
            if (vm == null || revisions.getOrDefault(vm.id(), 0L) >= vm.revision()) {
                return Optional.empty();
            }
            revisions.put(vm.id(), vm.revision());
            return Optional.of(vm);
        }

        /** Notes that the listener knows {@code vm} as it is here: older versions are left out. */
        void told(Vm vm) {
            revisions.put(vm.id(), vm.revision());
        }

        /** Whether to go on: false when it fell behind or the application ends. */
        boolean isOpen() {
            return !cut && !closing;
        }

        private void offer(Vm vm) {
            if (!waiting.offer(vm)) {
                cut = true;
            }
        }

        @Override
        public void close() {
            feeds.computeIfPresent(owner, (key, set) -> {
                set.remove(this);
                return set.isEmpty() ? null : set;
            });
        }
    }

    /**
     * Begins to listen to the VMs of {@code owner}.
     *
     * @throws OrielException {@code RATE_LIMITED} when the owner listens too often already
     */
    Feed open(UserId owner) {
        Feed feed = new Feed(owner);
        feeds.compute(owner, (key, known) -> {
            Set<Feed> set = known == null ? ConcurrentHashMap.newKeySet() : known;
            if (set.size() >= MAX_PER_USER) {
                throw new OrielException(ErrorCode.RATE_LIMITED, "You listen " + MAX_PER_USER + " times already.");
            }
            set.add(feed);
            return set;
        });
        return feed;
    }

    @Override
    public void heard(Vm now) {
        feeds.getOrDefault(now.owner(), Set.of()).forEach(feed -> feed.offer(now));
    }

    @EventListener
    void closing(ContextClosedEvent event) {
        closing = true;
    }
}
