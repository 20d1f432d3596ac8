package dev.oriel.api.queue;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.queue.LifecycleQueue.Unfinished;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * One consumer of the queue: hands every entry to the {@link LifecycleHandler} on a virtual thread of its own, at most
 * {@value #PARALLEL} at a time. What it fails at, or what a dead consumer left, is taken up again; after {@value
 * #MAX_DELIVERIES} deliveries an entry is parked.
 */
@Component
class LifecycleWorker {
    private static final Logger LOG = LoggerFactory.getLogger(LifecycleWorker.class);
    private static final int PARALLEL = 64;
    private static final int MAX_DELIVERIES = 5;
    private static final int BATCH = 32;
    private static final Duration READ_WAIT = Duration.ofSeconds(4);
    private static final Duration FORGET_AFTER = Duration.ofHours(1);
    private static final int TURNS_BETWEEN_SWEEPS = 300;

    private final String consumer = "api-" + UUID.randomUUID();
    private final LifecycleQueue queue;
    private final RedisLinks redis;
    private final LifecycleHandler handler;
    private final Duration retry;
    private final Counter parked;
    private final Semaphore room = new Semaphore(PARALLEL);
    private final Set<String> atWork = ConcurrentHashMap.newKeySet();
    private final AtomicLong depth = new AtomicLong();
    private final AtomicLong lagMillis = new AtomicLong();
    private @Nullable StatefulRedisConnection<String, String> connection;
    private long turns;

    LifecycleWorker(
            LifecycleQueue queue, RedisLinks redis, LifecycleHandler handler, MeterRegistry metrics, ApiConfig config) {
        this.retry = config.upkeep().queueRetry();
        this.queue = queue;
        this.redis = redis;
        this.handler = handler;
        this.parked = Counter.builder("oriel.queue.parked")
                .description("Queue entries put aside after failing too often")
                .register(metrics);
        Gauge.builder("oriel.queue.depth", depth, AtomicLong::doubleValue)
                .description("Queue entries waiting or at work")
                .register(metrics);
        TimeGauge.builder("oriel.queue.lag", lagMillis, TimeUnit.MILLISECONDS, AtomicLong::doubleValue)
                .description("Age of the oldest queue entry")
                .register(metrics);
    }

    /** One turn of the reading loop. */
    void read() throws InterruptedException {
        StatefulRedisConnection<String, String> reader = connection;
        if (reader == null) {
            reader = redis.blocking(READ_WAIT);
            connection = reader;
        }
        for (StreamMessage<String, String> message : queue.read(reader, consumer, BATCH, READ_WAIT)) {
            start(message);
        }
    }

    /** Looks for entries that were left, and measures the queue. */
    void tidy() throws InterruptedException {
        // An empty queue has nothing that anybody could have left: one question is enough then.
        boolean any = queue.depth() > 0;
        if (any) {
            takeUpWhatWasLeft();
        }
        depth.set(any ? queue.depth() : 0);
        lagMillis.set(any ? queue.lag().toMillis() : 0);
        if (turns++ % TURNS_BETWEEN_SWEEPS == 0) {
            queue.forgetConsumersIdleFor(FORGET_AFTER);
        }
    }

    private void takeUpWhatWasLeft() throws InterruptedException {
        queue.hold(consumer, Set.copyOf(atWork));
        for (Unfinished left : queue.claim(consumer, retry, BATCH)) {
            if (atWork.contains(left.message().getId())) {
                continue;
            }
            if (left.deliveries() > MAX_DELIVERIES) {
                park(left.message());
            } else {
                start(left.message());
            }
        }
    }

    private void start(StreamMessage<String, String> message) throws InterruptedException {
        Optional<LifecycleEntry> entry = LifecycleEntry.of(message.getBody());
        if (entry.isEmpty()) {
            // No number of tries makes sense of it.
            parked.increment();
            queue.park(message, "not a lifecycle entry");
            return;
        }
        room.acquire();
        atWork.add(message.getId());
        Thread.ofVirtual().name("lifecycle-" + message.getId()).start(() -> work(message.getId(), entry.get()));
    }

    private void work(String messageId, LifecycleEntry entry) {
        try {
            handler.handle(entry);
            queue.done(messageId);
        } catch (RuntimeException e) {
            LOG.warn("Queue entry for VM {} failed and comes again: {}", entry.vm(), e.toString());
        } finally {
            atWork.remove(messageId);
            room.release();
        }
    }

    /** The VM learns it first: an entry that is parked is looked at by nobody but an operator. */
    private void park(StreamMessage<String, String> message) {
        try {
            LifecycleEntry.of(message.getBody()).ifPresent(handler::gaveUp);
        } catch (RuntimeException e) {
            LOG.warn("Queue entry {} is to be parked, and comes again: {}", message.getId(), e.toString());
            return;
        }
        queue.park(message, "failed " + MAX_DELIVERIES + " times");
        parked.increment();
        LOG.warn("Queue entry {} is parked: {}", message.getId(), message.getBody());
    }

    /** Leaves the group, so that it does not fill with consumers of past processes. */
    void close() {
        StatefulRedisConnection<String, String> reader = connection;
        if (reader != null) {
            reader.close();
        }
        try {
            queue.forgetConsumer(consumer);
        } catch (RuntimeException e) {
            LOG.debug("Consumer {} stays in the group", consumer, e);
        }
    }
}
