package dev.oriel.api.hook;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Seal;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** An owner's webhooks. Their secrets are kept sealed: whoever reads the database alone can sign nothing. Thread-safe. */
@Component
@DependsOnDatabaseInitialization
class Webhooks implements InitializingBean {
    static final String SECRET_PREFIX = "whsec_";

    private static final int SECRET_BYTES = 24;
    private static final int MAX_WEBHOOKS = 10;
    private static final int MAX_URL_LENGTH = 500;
    private static final int MAX_DELIVERIES = 50;

    private final SecureRandom random = new SecureRandom();
    private final PublicAddresses addresses;
    private final WebhookStore store;
    private final Seal seal;
    private final TransactionTemplate transactions;

    Webhooks(WebhookStore store, Seal seal, TransactionTemplate transactions, ApiConfig config) {
        this.seal = seal;
        this.addresses = new PublicAddresses(config.privateWebhooks());
        this.store = store;
        this.transactions = transactions;
    }

    /** A new webhook's id and secret, the only time that the secret is told. */
    record Made(UUID id, String secret, Instant createdAt) {
        @Override
        public String toString() {
            return "Made[" + id + "]";
        }
    }

    /**
     * Makes one.
     *
     * @throws OrielException bad-request when the address is no good, quota-exceeded when there are too many
     */
    Made make(UserId owner, String url) {
        check(url);
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        UUID id = UUID.randomUUID();
        String secret = SECRET_PREFIX + Base64.getEncoder().encodeToString(bytes);
        Optional<Instant> createdAt = Objects.requireNonNull(
                transactions.execute(status -> store.insert(owner, id, url, sealed(id, secret), MAX_WEBHOOKS)));
        return new Made(
                id,
                secret,
                createdAt.orElseThrow(() -> new OrielException(
                        ErrorCode.QUOTA_EXCEEDED, "You have " + MAX_WEBHOOKS + " webhooks: delete one first.")));
    }

    List<WebhookStore.Webhook> list(UserId owner) {
        return store.list(owner);
    }

    boolean delete(UserId owner, UUID id) {
        return store.delete(owner, id);
    }

    /** What was sent lately; empty when the owner has no such webhook. */
    Optional<List<WebhookStore.Delivery>> deliveries(UserId owner, UUID id) {
        return store.deliveries(owner, id, MAX_DELIVERIES);
    }

    /** The secret of a webhook as it is kept; empty when it was not sealed for it by this Oriel's key. */
    Optional<String> secret(UUID id, String sealed) {
        return seal.open(purpose(id), sealed).map(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }

    private String sealed(UUID id, String secret) {
        return seal.seal(purpose(id), secret.getBytes(StandardCharsets.US_ASCII));
    }

    private static String purpose(UUID id) {
        return "webhook " + id;
    }

    /** Secrets of the time before they were sealed. */
    @Override
    public void afterPropertiesSet() {
        store.unsealed().forEach((id, secret) -> store.reseal(id, secret, sealed(id, secret)));
    }

    /** A first look: what counts is looked at again when something is sent. */
    private void check(String url) {
        URI uri = parsed(url);
        boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
        if (!web || uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw FieldError.problem("url", "must be like https://example.org/hook");
        }
        try {
            addresses.resolve(uri.getHost());
        } catch (UnknownHostException e) {
            throw FieldError.problem("url", "must name a host of the public internet");
        }
    }

    private static URI parsed(String url) {
        try {
            if (url.length() <= MAX_URL_LENGTH) {
                return URI.create(url);
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw FieldError.problem("url", "must be an address of at most " + MAX_URL_LENGTH + " characters");
    }
}
