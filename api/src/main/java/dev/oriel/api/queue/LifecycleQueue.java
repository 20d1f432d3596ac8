package dev.oriel.api.queue;

import io.lettuce.core.Consumer;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XAutoClaimArgs;
import io.lettuce.core.XClaimArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.models.stream.PendingMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.stereotype.Component;

/**
 * The Redis Stream of lifecycle entries and its consumer group. An entry that is done is deleted, so the stream's length
 * is the queue's depth. Stream and group may vanish at any time: they are made again, and the reconciler brings back
 * what was lost. Thread-safe.
 */
@Component
class LifecycleQueue {
    static final String STREAM = "oriel:lifecycle";
    static final String PARKED = "oriel:lifecycle:parked";
    static final String GROUP = "workers";

    private static final long MAX_LENGTH = 100_000;
    private static final long MAX_PARKED = 1_000;
    private static final Duration ADD_LIMIT = Duration.ofMillis(1500);

    private final RedisLinks redis;

    LifecycleQueue(RedisLinks redis) {
        this.redis = redis;
    }

    /** Adds entries in one round trip; fails unless all are in. */
    void add(List<LifecycleEntry> entries) throws InterruptedException {
        RedisAsyncCommands<String, String> commands = redis.shared().async();
        XAddArgs bounded = XAddArgs.Builder.maxlen(MAX_LENGTH).approximateTrimming();
        List<RedisFuture<String>> answers = new ArrayList<>();
        entries.forEach(entry -> answers.add(commands.xadd(STREAM, bounded, entry.fields())));
        for (RedisFuture<String> answer : answers) {
            try {
                answer.get(ADD_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("the queue does not take entries", e);
            }
        }
    }

    /** New entries for {@code consumer}, waiting up to {@code wait} on {@code connection} for the first. */
    @SuppressWarnings("unchecked") // an array of one stream
    List<StreamMessage<String, String>> read(
            StatefulRedisConnection<String, String> connection, String consumer, int count, Duration wait) {
        try {
            return connection
                    .sync()
                    .xreadgroup(
                            Consumer.from(GROUP, consumer),
                            XReadArgs.Builder.block(wait).count(count),
                            XReadArgs.StreamOffset.lastConsumed(STREAM));
        } catch (RedisCommandExecutionException e) {
            createGroupIfLost(e);
            return List.of();
        }
    }

    /** A delivered entry that nobody has finished, with how often it was delivered. */
    record Unfinished(StreamMessage<String, String> message, long deliveries) {}

    /** Says that {@code consumer} still works at these entries: nobody takes them over, and no try is counted. */
    void hold(String consumer, Collection<String> messageIds) {
        if (!messageIds.isEmpty()) {
            try {
                redis.shared()
                        .sync()
                        .xclaim(
                                STREAM,
                                Consumer.from(GROUP, consumer),
                                XClaimArgs.Builder.justid().minIdleTime(0),
                                messageIds.toArray(String[]::new));
            } catch (RedisCommandExecutionException e) {
                createGroupIfLost(e);
            }
        }
    }

    /** Takes over entries that were delivered {@code idle} ago and not finished since. */
    List<Unfinished> claim(String consumer, Duration idle, int count) {
        RedisCommands<String, String> commands = redis.shared().sync();
        try {
            List<StreamMessage<String, String>> claimed = commands.xautoclaim(
                            STREAM,
                            XAutoClaimArgs.Builder.xautoclaim(Consumer.from(GROUP, consumer), idle, "0-0")
                                    .count(count))
                    .getMessages();
            if (claimed.isEmpty()) {
                return List.of();
            }
            Map<String, Long> deliveries = new HashMap<>();
            for (PendingMessage pending : commands.xpending(
                    STREAM,
                    Consumer.from(GROUP, consumer),
                    Range.create(claimed.getFirst().getId(), claimed.getLast().getId()),
                    Limit.from(10L * count))) {
                deliveries.put(pending.getId(), pending.getRedeliveryCount());
            }
            return claimed.stream()
                    .map(message -> new Unfinished(message, deliveries.getOrDefault(message.getId(), 1L)))
                    .toList();
        } catch (RedisCommandExecutionException e) {
            createGroupIfLost(e);
            return List.of();
        }
    }

    /** Takes a finished entry out; one that stays because Redis does not answer comes again and finds nothing to do. */
    void done(String messageId) {
        RedisAsyncCommands<String, String> commands = redis.shared().async();
        // In one round trip, in this order.
        RedisFuture<Long> _ = commands.xack(STREAM, GROUP, messageId);
        RedisFuture<Long> gone = commands.xdel(STREAM, messageId);
        if (!LettuceFutures.awaitAll(ADD_LIMIT, gone)) {
            throw new RedisCommandTimeoutException("the queue keeps an entry that is done");
        }
    }

    /** Puts an entry aside for the operator and ends it. */
    void park(StreamMessage<String, String> message, String why) {
        Map<String, String> fields = new HashMap<>(message.getBody());
        fields.put("why", why);
        fields.put("entry", message.getId());
        redis.shared().sync().xadd(PARKED, XAddArgs.Builder.maxlen(MAX_PARKED).approximateTrimming(), fields);
        done(message.getId());
    }

    /** Entries waiting or at work. */
    long depth() {
        return redis.shared().sync().xlen(STREAM);
    }

    /** Age of the oldest entry by Redis's own clock; zero when there is none. */
    Duration lag() {
        RedisCommands<String, String> commands = redis.shared().sync();
        List<StreamMessage<String, String>> oldest = commands.xrange(STREAM, Range.unbounded(), Limit.from(1));
        if (oldest.isEmpty()) {
            return Duration.ZERO;
        }
        String id = oldest.getFirst().getId();
        long added = Long.parseLong(id.substring(0, id.indexOf('-')));
        long now = Long.parseLong(commands.time().getFirst()) * 1000;
        return Duration.ofMillis(Math.max(0, now - added));
    }

    /** Takes a consumer out of the group, unless it has left something undone: others find that by its name. */
    void forgetConsumer(String consumer) {
        RedisCommands<String, String> commands = redis.shared().sync();
        if (commands.xpending(STREAM, Consumer.from(GROUP, consumer), Range.unbounded(), Limit.from(1))
                .isEmpty()) {
            commands.xgroupDelconsumer(STREAM, Consumer.from(GROUP, consumer));
        }
    }

    /** Takes the consumers of processes that ended long ago out of the group. */
    void forgetConsumersIdleFor(Duration idle) {
        for (Object entry : redis.shared().sync().xinfoConsumers(STREAM, GROUP)) {
            Map<Object, Object> consumer = new HashMap<>();
            List<?> pairs = (List<?>) entry;
            for (int i = 0; i + 1 < pairs.size(); i += 2) {
                consumer.put(pairs.get(i), pairs.get(i + 1));
            }
            if (consumer.get("idle") instanceof Long millis && millis > idle.toMillis()) {
                forgetConsumer(String.valueOf(consumer.get("name")));
            }
        }
    }

    private void createGroupIfLost(RedisCommandExecutionException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.contains("NOGROUP") && !message.contains("UNBLOCKED") && !message.contains("no longer exists")) {
            throw e;
        }
        try {
            redis.shared()
                    .sync()
                    .xgroupCreate(XReadArgs.StreamOffset.from(STREAM, "0"), GROUP, XGroupCreateArgs.Builder.mkstream());
        } catch (RedisBusyException made) {
            // Another worker was faster.
        }
    }
}
