package dev.oriel.api.account;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.json.OrielJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** Where gateways hear that consoles must close. Thread-safe. */
@Component
public class RevocationChannel {
    private static final Duration KEPT = Duration.ofSeconds(60);

    static {
        if (KEPT.compareTo(ConsoleTicket.MAX_LIFETIME) <= 0) {
            throw new IllegalStateException("a revocation must outlive every ticket issued before it");
        }
    }

    private final StringRedisTemplate redis;

    RevocationChannel(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /**
     * Refuses tickets issued before, then closes what is open: in this order, so that no console slips in between.
     *
     * @throws org.springframework.dao.DataAccessException when Redis does not take it: say it again later
     */
    public void publish(Revocation revocation) {
        String json = OrielJson.mapper().writeValueAsString(revocation);
        redis.opsForValue().set(revocation.key(), json, KEPT);
        redis.convertAndSend(Revocation.CHANNEL, json);
    }

    /** As {@link #publish(Revocation)} of each, in one round trip. */
    public void publish(Collection<Revocation> revocations) {
        send(revocations, true);
    }

    /**
     * Closes what is open now; tickets stay good. For VMs that stopped: they may be started again at once.
     *
     * @throws org.springframework.dao.DataAccessException when Redis does not take it
     */
    public void cut(Collection<Revocation> revocations) {
        send(revocations, false);
    }

    @SuppressWarnings("NullAway") // a pipeline has to give null: its answers come at its end
    private void send(Collection<Revocation> revocations, boolean keep) {
        if (revocations.isEmpty()) {
            return;
        }
        RedisCallback<Object> all = connection -> {
            revocations.forEach(revocation -> send(connection, revocation, keep));
            return null;
        };
        List<Object> _ = redis.executePipelined(all);
    }

    private static void send(RedisConnection connection, Revocation revocation, boolean keep) {
        byte[] json = OrielJson.mapper().writeValueAsBytes(revocation);
        if (keep) {
            connection.stringCommands().pSetEx(utf8(revocation.key()), KEPT.toMillis(), json);
        }
        connection.publish(utf8(Revocation.CHANNEL), json);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
