package dev.oriel.gateway.ticket;

import dev.oriel.core.console.Revocation;
import dev.oriel.core.json.OrielJson;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import tools.jackson.core.JacksonException;

/** Turns messages of the revocation channel into calls. */
final class FeedListener extends RedisPubSubAdapter<String, String> {
    private static final System.Logger LOG = System.getLogger(FeedListener.class.getName());
    private static final int MAX_MESSAGE = 1024;

    private final RevocationListener listener;
    private final Runnable onSubscribed;

    FeedListener(RevocationListener listener, Runnable onSubscribed) {
        this.listener = listener;
        this.onSubscribed = onSubscribed;
    }

    @Override
    public void subscribed(String channel, long count) {
        onSubscribed.run();
    }

    @Override
    public void message(String channel, String message) {
        if (!channel.equals(Revocation.CHANNEL) || message.length() > MAX_MESSAGE) {
            return;
        }
        try {
            listener.revoked(OrielJson.mapper().readValue(message, Revocation.class));
        } catch (JacksonException e) {
            LOG.log(System.Logger.Level.WARNING, "a revocation could not be read and was ignored");
        }
    }
}
