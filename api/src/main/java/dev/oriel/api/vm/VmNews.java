package dev.oriel.api.vm;

import dev.oriel.api.loop.Loop;
import dev.oriel.api.queue.RedisLinks;
import dev.oriel.api.vm.VmListener.Written;
import dev.oriel.core.vm.VmId;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Tells everybody who waits about changes to VMs: listeners of this process at once, then, from a bounded queue, the
 * effects of the change and the other replicas (by Redis pub/sub, which may lose messages: listeners that must not miss
 * anything read Postgres before they wait and when they stop waiting). Thread-safe.
 */
@Component
public class VmNews implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(VmNews.class);
    private static final String CHANNEL = "oriel:vm-news";
    private static final int MAX_WAITING = 20_000;
    private static final int AT_ONCE = 200;
    private static final Duration IDLE = Duration.ofSeconds(5);

    private final String replica = UUID.randomUUID().toString();
    private final ObjectProvider<VmListener> listeners;
    private final RedisLinks redis;
    private final VmStore store;
    private final LinkedBlockingQueue<Written> written = new LinkedBlockingQueue<>(MAX_WAITING);
    private final LinkedBlockingQueue<VmId> heardFromOthers = new LinkedBlockingQueue<>(MAX_WAITING);
    private volatile List<Loop> loops = List.of();
    private @Nullable StatefulRedisPubSubConnection<String, String> subscription;

    VmNews(ObjectProvider<VmListener> listeners, RedisLinks redis, VmStore store) {
        this.listeners = listeners;
        this.redis = redis;
        this.store = store;
    }

    /** {@code before} has become {@code now}: told when the running transaction, if any, has committed. */
    void tell(Vm before, Vm now) {
        tell(Optional.of(before), now);
    }

    void tellMade(Vm now) {
        tell(Optional.empty(), now);
    }

    private void tell(Optional<Vm> before, Vm now) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            spread(before, now);
            return;
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                spread(before, now);
            }
        });
    }

    private void spread(Optional<Vm> before, Vm now) {
        listeners.forEach(listener -> listener.heard(now));
        if (!written.offer(new Written(before, now))) {
            LOG.warn("Too much news: the effects of a change to VM {} are left to the reconciler", now.id());
        }
    }

    private void effects() throws InterruptedException {
        Written first = written.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
            return;
        }
        List<Written> some = new ArrayList<>(List.of(first));
        written.drainTo(some, AT_ONCE - 1);
        for (VmListener listener : listeners) {
            listener.wrote(some);
        }
        String ids =
                some.stream().map(one -> one.now().id().toString()).distinct().collect(Collectors.joining(" "));
        // Nobody waits for the answer: whoever misses it reads Postgres before it stops waiting.
        RedisFuture<Long> _ = redis.shared().async().publish(CHANNEL, replica + " " + ids);
    }

    /** Keeps the subscription up: Redis may be away when this process starts. */
    private void subscribe() throws InterruptedException {
        if (subscription == null) {
            StatefulRedisPubSubConnection<String, String> fresh = redis.subscriber();
            fresh.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    hear(message);
                }
            });
            fresh.sync().subscribe(CHANNEL);
            subscription = fresh;
        }
        VmId id = heardFromOthers.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
        if (id != null) {
            store.load(id).ifPresent(now -> listeners.forEach(listener -> listener.heard(now)));
        }
    }

    private void hear(String message) {
        if (message.startsWith(replica)) {
            return;
        }
        String[] words = message.split(" ", -1);
        try {
            for (int i = 1; i < words.length; i++) {
                // A full queue only delays: waiting requests look once more before they answer.
                boolean _ = heardFromOthers.offer(VmId.of(words[i]));
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("Not a VM id in the news", e);
        }
    }

    @Override
    public void start() {
        loops = List.of(Loop.start("vm-news", this::effects), Loop.start("vm-news-of-others", this::subscribe));
    }

    @Override
    public void stop() {
        loops.forEach(Loop::close);
        loops = List.of();
        if (subscription != null) {
            subscription.close();
        }
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
