package dev.oriel.api.account;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.json.OrielJson;
import java.time.Duration;
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

    /**
     * Closes what is open now; tickets stay good. For a VM that stopped: it may be started again at once.
     *
     * @throws org.springframework.dao.DataAccessException when Redis does not take it
     */
    public void cut(Revocation revocation) {
        redis.convertAndSend(Revocation.CHANNEL, OrielJson.mapper().writeValueAsString(revocation));
    }
}
