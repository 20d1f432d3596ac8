package dev.oriel.api.hook;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.hook.WebhookStore.Due;
import dev.oriel.core.account.UserId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Sends what is due, signed as standardwebhooks.com has it: {@code webhook-signature} is {@code v1,} and the base64 of the
 * HMAC-SHA256 over id, timestamp and body, joined by dots. Anything but 2xx is tried again, later and later, for about a
 * day; then the webhook is disabled. Never follows a redirect, never reads an answer's body. Thread-safe.
 */
@Component
class WebhookSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);
    private static final int BATCH = 20;
    /** Under way at once in this process. */
    private static final int MOST = 200;
    /** From as many on, an owner gets nothing more under way until something of it has ended. */
    private static final int MOST_OF_ONE = 10;

    private static final int MOST_TO_ONE_HOST = 5;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofHours(1),
            Duration.ofHours(6),
            Duration.ofHours(12));

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<UserId, Integer> underWay = new ConcurrentHashMap<>();
    private final CloseableHttpClient client;
    private final WebhookStore store;
    private final Webhooks webhooks;
    private final Clock clock;

    WebhookSender(WebhookStore store, Webhooks webhooks, ApiConfig config, Clock clock) {
        this.webhooks = webhooks;
        this.store = store;
        this.clock = clock;
        this.client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new PublicAddresses(config.privateWebhooks()))
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(Timeout.of(CONNECT_LIMIT))
                                .setSocketTimeout(Timeout.of(LIMIT))
                                .build())
                        .setMaxConnTotal(MOST)
                        .setMaxConnPerRoute(MOST_TO_ONE_HOST)
                        .build())
                .setUserAgent("Oriel-Webhooks/1")
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .build();
    }

    /** Begins what is due, and waits for none of it: whoever answers slowly keeps nobody else's news waiting. */
    @Scheduled(fixedDelay = 2000)
    void send() {
        int room = Math.min(
                BATCH,
                MOST - underWay.values().stream().mapToInt(Integer::intValue).sum());
        if (room <= 0) {
            return;
        }
        List<UserId> busy = underWay.entrySet().stream()
                .filter(one -> one.getValue() >= MOST_OF_ONE)
                .map(Map.Entry::getKey)
                .toList();
        try {
            for (Due due : store.claim(room, busy)) {
                underWay.merge(due.owner(), 1, Integer::sum);
                threads.execute(() -> attemptNow(due));
            }
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    private void attemptNow(Due due) {
        try {
            attempt(due);
        } catch (DataAccessException e) {
            // What became of it is not known: it is sent again in a minute, under the same id.
            LOG.debug("Postgres does not answer", e);
        } finally {
            underWay.computeIfPresent(due.owner(), (_, count) -> count > 1 ? count - 1 : null);
        }
    }

    @Scheduled(fixedDelay = 3_600_000, initialDelay = 120_000)
    void forgetOld() {
        try {
            store.forgetOld();
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    private void attempt(Due due) {
        String outcome;
        try {
            int status = post(due);
            outcome = "HTTP " + status;
            if (status >= 200 && status < 300) {
                store.done(due.id(), outcome);
                return;
            }
        } catch (IOException | IllegalArgumentException e) {
            // Names no address: the owner must not learn what lies behind a name.
            outcome = "could not be sent: " + e.getClass().getSimpleName();
        }
        if (due.attempts() > PAUSES.size()) {
            store.done(due.id(), "given up: " + outcome);
            store.disable(due.webhook());
        } else {
            store.again(due.id(), PAUSES.get(due.attempts() - 1), outcome);
        }
    }

    private int post(Due due) throws IOException {
        String secret = webhooks.secret(due.webhook(), due.secret()).orElseThrow(() -> {
            LOG.error("The secret of webhook {} cannot be read: is oriel.api.seal-key another?", due.webhook());
            return new IOException("no secret");
        });
        long seconds = clock.instant().getEpochSecond();
        HttpPost request = new HttpPost(due.url());
        request.setEntity(new StringEntity(due.payload(), ContentType.APPLICATION_JSON));
        request.setHeader("webhook-id", due.id().toString());
        request.setHeader("webhook-timestamp", Long.toString(seconds));
        request.setHeader(
                "webhook-signature", "v1," + signature(secret, due.id() + "." + seconds + "." + due.payload()));
        // A receiver that answers byte by byte is cut too.
        Thread watchdog = Thread.startVirtualThread(() -> {
            try {
                Thread.currentThread().join(LIMIT);
                request.cancel();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try (ClassicHttpResponse answer = client.executeOpen(null, request, null)) {
            return answer.getCode();
        } finally {
            watchdog.interrupt();
        }
    }

    static String signature(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            byte[] key = Base64.getDecoder().decode(secret.substring(Webhooks.SECRET_PREFIX.length()));
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC-SHA256", e);
        }
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        client.close();
    }
}
