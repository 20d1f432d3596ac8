package dev.oriel.gateway.ticket;

import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.TicketClaims;
import dev.oriel.core.error.ErrorCode;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.KeyValueListOutput;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's link to Redis: uses tickets up, asks for revocations, hears new ones. Never blocks a caller, never
 * answers later than its deadline, connects again for ever. Needs the commands GET, MGET, SET, PING, SUBSCRIBE on
 * {@code oriel:ticket:*}, {@code oriel:revoked:*} and the channel {@code oriel:revocations}, nothing else. Thread-safe.
 */
public final class RedisLink implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RedisLink.class.getName());
    /** Longer than any ticket lives, clock skew included. */
    private static final long CLAIM_MILLIS = 60_000;

    private static final Duration PULSE = Duration.ofSeconds(2);
    private static final Duration MAX_RECONNECT_DELAY = Duration.ofSeconds(1);

    private final RedisURI uri;
    private final Duration deadline;
    private final RevocationListener listener;
    private final ClientResources resources;
    private final RedisClient client;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("oriel-gateway-redis").factory());

    private volatile @Nullable StatefulRedisConnection<String, String> commands;
    private volatile @Nullable StatefulRedisPubSubConnection<String, String> feed;
    private volatile boolean up;
    /** Whether something may have been missed: set while the feed is silent, cleared by {@link RevocationListener#heardAgain}. */
    private volatile boolean deaf = true;

    private volatile boolean closed;
    private final AtomicBoolean connecting = new AtomicBoolean();

    private RedisLink(String url, Duration deadline, Optional<EventLoopGroup> loops, RevocationListener listener) {
        this.uri = RedisURI.create(url);
        this.deadline = deadline;
        this.listener = listener;
        DefaultClientResources.Builder builder = DefaultClientResources.builder()
                .computationThreadPoolSize(2)
                .reconnectDelay(
                        Delay.exponential(Duration.ofMillis(50), MAX_RECONNECT_DELAY, 2, TimeUnit.MILLISECONDS));
        loops.ifPresentOrElse(
                group -> builder.eventLoopGroupProvider(new SharedLoops(group)), () -> builder.ioThreadPoolSize(2));
        this.resources = builder.build();
        this.client = RedisClient.create(resources);
        client.setOptions(options(deadline));
    }

    /**
     * Starts connecting and returns at once; Redis may come later.
     *
     * @param loops epoll loops to work on, so that whoever asks from one of them often needs no other thread; none: its own
     */
    public static RedisLink open(
            String url, Duration deadline, Optional<EventLoopGroup> loops, RevocationListener listener) {
        RedisLink link = new RedisLink(url, deadline, loops, listener);
        link.timer.execute(link::connect);
        var _ = link.timer.scheduleWithFixedDelay(link::pulse, 200, PULSE.toMillis(), TimeUnit.MILLISECONDS);
        return link;
    }

    private static ClientOptions options(Duration deadline) {
        return ClientOptions.builder()
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .protocolVersion(ProtocolVersion.RESP2)
                .requestQueueSize(10_000)
                .timeoutOptions(TimeoutOptions.enabled(deadline))
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(deadline)
                        .keepAlive(true)
                        .build())
                .build();
    }

    /** Uses {@code ticket} up, unless it is used or something behind it is revoked: one round trip. Never fails. */
    public CompletionStage<Claim> claim(ConsoleTicket ticket) {
        StatefulRedisConnection<String, String> connection = commands;
        if (connection == null) {
            return CompletableFuture.completedFuture(Claim.UNAVAILABLE);
        }
        AsyncCommand<String, String, List<KeyValue<String, String>>> revoked = revocations(ticket);
        AsyncCommand<String, String, String> set = use(ticket);
        // Together: one write, one read. Each has its deadline by the client's options.
        connection.dispatch(List.of(revoked, set));
        return revoked.thenCombine(set, (values, answer) -> judge(ticket, values, answer))
                .exceptionally(failure -> {
                    LOG.log(System.Logger.Level.DEBUG, "claim failed: {0}", failure.toString());
                    return Claim.UNAVAILABLE;
                });
    }

    private static AsyncCommand<String, String, List<KeyValue<String, String>>> revocations(ConsoleTicket ticket) {
        List<String> keys = List.of(RevocationKeys.of(ticket));
        return new AsyncCommand<>(new Command<>(
                CommandType.MGET,
                new KeyValueListOutput<>(StringCodec.UTF8, keys),
                new CommandArgs<>(StringCodec.UTF8).addKeys(keys)));
    }

    private static AsyncCommand<String, String, String> use(ConsoleTicket ticket) {
        return new AsyncCommand<>(new Command<>(
                CommandType.SET,
                new StatusOutput<>(StringCodec.UTF8),
                new CommandArgs<>(StringCodec.UTF8)
                        .addKey(TicketClaims.key(ticket.id()))
                        .addValue("1")
                        .add("NX")
                        .add("PX")
                        .add(CLAIM_MILLIS)));
    }

    private static Claim judge(ConsoleTicket ticket, List<KeyValue<String, String>> values, @Nullable String answer) {
        if (RevocationKeys.withdrawn(ticket, optionals(values)).isPresent()) {
            return Claim.REVOKED;
        }
        return "OK".equals(answer) ? Claim.GRANTED : Claim.USED;
    }

    /** Why {@code ticket} is withdrawn by now, if it is; fails when Redis does not answer. */
    public CompletionStage<Optional<ErrorCode>> withdrawn(ConsoleTicket ticket) {
        StatefulRedisConnection<String, String> connection = commands;
        if (connection == null) {
            return CompletableFuture.failedFuture(new IllegalStateException("Redis is away"));
        }
        return connection
                .async()
                .mget(RevocationKeys.of(ticket))
                .thenApply(values -> RevocationKeys.withdrawn(ticket, optionals(values)));
    }

    private static List<Optional<String>> optionals(List<KeyValue<String, String>> values) {
        return values.stream().map(KeyValue::optional).toList();
    }

    /** Whether Redis answered the last look, at most a few seconds ago. */
    public boolean isUp() {
        return up && !deaf;
    }

    private void connect() {
        if (closed || !connecting.compareAndSet(false, true)) {
            return;
        }
        CompletionStage<?> first = commands != null
                ? CompletableFuture.completedFuture(null)
                : client.connectAsync(StringCodec.UTF8, uri).thenAccept(connection -> commands = connection);
        CompletionStage<?> second = feed != null
                ? CompletableFuture.completedFuture(null)
                : client.connectPubSubAsync(StringCodec.UTF8, uri).thenCompose(this::subscribe);
        first.thenCombine(second, (a, b) -> true).whenComplete((done, failure) -> {
            connecting.set(false);
            if (failure != null) {
                LOG.log(System.Logger.Level.DEBUG, "Redis is away: {0}", failure.toString());
            }
        });
    }

    /** A feed counts once it is subscribed; Lettuce subscribes again by itself after each reconnection. */
    private CompletionStage<?> subscribe(StatefulRedisPubSubConnection<String, String> connection) {
        connection.addListener(new FeedListener(listener, this::subscribed));
        return connection.async().subscribe(Revocation.CHANNEL).whenComplete((done, failure) -> {
            if (failure == null) {
                feed = connection;
            } else {
                var _ = connection.closeAsync();
            }
        });
    }

    /** Called at the first subscription and again after each reconnection, when revocations may have been missed. */
    private void subscribed() {
        deaf = true;
        if (!closed) {
            timer.execute(this::pulse);
        }
    }

    /** Finds a Redis that is silent without having closed, and says so once when it is back. */
    private void pulse() {
        StatefulRedisConnection<String, String> connection = commands;
        StatefulRedisPubSubConnection<String, String> subscription = feed;
        if (connection == null || subscription == null) {
            up = false;
            connect();
            return;
        }
        CompletionStage<String> both =
                connection.async().ping().thenCombine(subscription.async().ping(), (a, b) -> a);
        var _ = both.toCompletableFuture()
                .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((pong, failure) -> heard(failure == null));
    }

    private void heard(boolean answered) {
        if (answered != up) {
            LOG.log(System.Logger.Level.INFO, answered ? "Redis answers" : "Redis does not answer: no console opens");
        }
        up = answered;
        if (!answered) {
            deaf = true;
        } else if (deaf) {
            deaf = false;
            listener.heardAgain();
        }
    }

    @Override
    public void close() {
        closed = true;
        timer.shutdownNow();
        client.shutdownAsync(0, 1, TimeUnit.SECONDS)
                .orTimeout(2, TimeUnit.SECONDS)
                .exceptionally(failure -> null)
                .join();
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
