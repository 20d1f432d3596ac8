package dev.oriel.api.queue;

import dev.oriel.api.ApiConfig;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Connections to Redis for what Spring's templates do not do: blocking reads and long subscriptions. They are made when
 * first asked for, so that Redis may come later, and mend themselves. While Redis is away, commands fail at once
 * instead of piling up. Thread-safe.
 */
@Component
public class RedisLinks {
    private static final Duration COMMAND_LIMIT = Duration.ofMillis(1500);

    private final RedisClient client;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable StatefulRedisConnection<String, String> shared;

    RedisLinks(ApiConfig config, ClientResources resources) {
        RedisURI uri = RedisURI.create(config.redisUrl());
        uri.setTimeout(COMMAND_LIMIT);
        client = RedisClient.create(resources, uri);
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .timeoutOptions(TimeoutOptions.enabled())
                .build());
    }

    /** The connection for short commands, shared by all. */
    public StatefulRedisConnection<String, String> shared() {
        lock.lock();
        try {
            StatefulRedisConnection<String, String> known = shared;
            if (known == null) {
                known = client.connect();
                shared = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /** A connection of the caller's own, whose commands may block for {@code limit}; the caller closes it. */
    StatefulRedisConnection<String, String> blocking(Duration limit) {
        StatefulRedisConnection<String, String> connection = client.connect();
        connection.setTimeout(limit.plus(COMMAND_LIMIT));
        return connection;
    }

    /** A connection for subscriptions, which come back by themselves after a cut; the caller closes it. */
    public StatefulRedisPubSubConnection<String, String> subscriber() {
        return client.connectPubSub();
    }

    @PreDestroy
    void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
}
