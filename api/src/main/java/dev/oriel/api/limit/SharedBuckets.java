package dev.oriel.api.limit;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * Rate limits over all replicas of the API, kept in Redis by the same algorithm as {@link LocalBuckets}. While Redis does
 * not answer, this process counts for itself: limits become looser by the number of replicas, and nobody waits for a
 * dead Redis more than once in a while. Thread-safe.
 */
final class SharedBuckets {
    private static final Logger LOG = LoggerFactory.getLogger(SharedBuckets.class);
    private static final String PREFIX = "oriel:rate:";
    private static final long PAUSE_NANOS = Duration.ofSeconds(2).toNanos();

    /** KEYS: bucket. ARGV: interval and tolerance in microseconds; how many to take, or -1 to give one back. */
    private static final RedisScript<Long> SCRIPT = new DefaultRedisScript<>("""
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local interval = tonumber(ARGV[1])
            local tolerance = tonumber(ARGV[2])
            local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
            if ARGV[3] == '1' and full - now > tolerance then
              return full - now - tolerance
            end
            full = full + interval * tonumber(ARGV[3])
            if full > now then
              redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1000)
            else
              redis.call('DEL', KEYS[1])
            end
            return 0
            """, Long.class);

    private final StringRedisTemplate redis;
    private final LocalBuckets fallback = new LocalBuckets();
    private final AtomicLong notBefore = new AtomicLong(System.nanoTime());

    SharedBuckets(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** Takes one from the bucket of {@code key}. Zero: it was there; else how long until there is one. */
    Duration take(String key, Rate rate) {
        return run(key, rate, 1);
    }

    void giveBack(String key, Rate rate) {
        run(key, rate, -1);
    }

    /** Keeps a mark for some time. */
    void remember(String key, Duration time) {
        ifRedisAnswers(() -> {
            redis.opsForValue().set(PREFIX + key, "1", time);
            return true;
        });
    }

    /** Whether there is such a mark; nobody knows while Redis does not answer, which counts as one. */
    boolean remembers(String key) {
        return ifRedisAnswers(() -> redis.hasKey(PREFIX + key)).orElse(true);
    }

    private <T> Optional<T> ifRedisAnswers(Supplier<@Nullable T> question) {
        if (System.nanoTime() - notBefore.get() >= 0) {
            try {
                return Optional.ofNullable(question.get());
            } catch (RuntimeException e) {
                LOG.warn("Rate limits count locally, as Redis does not answer: {}", e.toString());
                notBefore.set(System.nanoTime() + PAUSE_NANOS);
            }
        }
        return Optional.empty();
    }

    private Duration run(String key, Rate rate, int count) {
        Optional<Long> waitMicros = ifRedisAnswers(() -> redis.execute(
                SCRIPT,
                List.of(PREFIX + key),
                Long.toString(rate.intervalMicros()),
                Long.toString(rate.intervalMicros() * (rate.burst() - 1)),
                Integer.toString(count)));
        if (waitMicros.isPresent()) {
            return Duration.ofNanos(waitMicros.get() * 1000);
        }
        if (count < 0) {
            fallback.giveBack(key, rate);
            return Duration.ZERO;
        }
        return fallback.take(key, rate).delay();
    }
}
