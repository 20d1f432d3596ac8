package dev.oriel.gateway;

import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.TicketVerifier;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.gateway.console.Console;
import dev.oriel.gateway.console.ConsoleRegistry;
import dev.oriel.gateway.console.Ending;
import dev.oriel.gateway.console.SharedReadBuffer;
import dev.oriel.gateway.door.DoorHandler;
import dev.oriel.gateway.door.Reception;
import dev.oriel.gateway.metrics.GatewayMetrics;
import dev.oriel.gateway.recording.Recordings;
import dev.oriel.gateway.ticket.NativeSignatures;
import dev.oriel.gateway.ticket.RedisLink;
import dev.oriel.gateway.ticket.RevocationListener;
import dev.oriel.gateway.wire.EpollWires;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.security.Provider;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The console gateway of one host. {@link #start} opens its port; consoles can be opened once Redis answers. {@link
 * #close} tells every viewer that it restarts and waits at most {@link dev.oriel.gateway.console.ConsoleLimits#drain}.
 */
public final class GatewayServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(GatewayServer.class.getName());
    private static final int VIEWER_READ = 16 << 10;
    /**
     * What the kernel may hold for one viewer, in bytes, of which it makes twice as much for its own records: left alone
     * it takes up to 4 MiB of pictures that a stuck viewer never fetches. The front door is near, so this limits no rate.
     */
    private static final int SEND_BUFFER = 256 << 10;
    /** Signature checks waiting at most: about a tenth of a second's work. */
    private static final int VERIFY_QUEUE = 256;

    private final GatewayConfig config;
    private final GatewayTransport transport;
    private final EventLoopGroup loops;
    private final Optional<Provider> signatures = NativeSignatures.load();
    private final ExecutorService verifying;
    private final ConsoleRegistry registry;
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final RedisLink redis;
    private final Optional<Recordings> recordings;
    private final ChannelGroup doors = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final VncSockets vnc;
    private final SharedReadBuffer viewerReads = new SharedReadBuffer(0, VIEWER_READ);
    private final Channel listener;

    private GatewayServer(GatewayConfig config, GatewayTransport transport) {
        this.config = config;
        this.transport = transport;
        int cores = Runtime.getRuntime().availableProcessors();
        this.loops =
                new MultiThreadIoEventLoopGroup(cores, new DefaultThreadFactory("oriel-gateway", true), transport.io());
        this.verifying = new ThreadPoolExecutor(
                cores,
                cores,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(VERIFY_QUEUE),
                Thread.ofPlatform().daemon().name("oriel-gateway-tickets-", 0).factory());
        this.registry = new ConsoleRegistry(config.limits());
        this.recordings = config.recordings()
                .map(directory -> new Recordings(directory, config.sockets(), config.recordingsReserve()));
        // The Redis client picks epoll where there is epoll, and then its channels want such loops.
        Optional<EventLoopGroup> shared =
                transport.wires() instanceof EpollWires ? Optional.of(loops) : Optional.empty();
        this.redis = RedisLink.open(config.redisUrl(), config.limits().redis(), shared, new Revocations());
        this.vnc = new VncSockets(
                transport.wires(), config.sockets(), config.limits().vncConnect());
        this.listener = listen(reception());
    }

    /**
     * Starts a gateway and returns once it listens. Redis may come later: until then consoles are refused.
     *
     * @throws IllegalStateException when the port cannot be had
     */
    public static GatewayServer start(GatewayConfig config) {
        return start(config, GatewayTransport.best());
    }

    static GatewayServer start(GatewayConfig config, GatewayTransport transport) {
        GatewayServer server = new GatewayServer(config, transport);
        LOG.log(
                System.Logger.Level.INFO,
                "console gateway of {0} listens on port {1} ({2})",
                config.hostName(),
                Integer.toString(server.port()),
                transport.name());
        return server;
    }

    /** The port it listens on. */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private Reception reception() {
        Clock clock = Clock.systemUTC();
        return new Reception(
                config.hostName(),
                config.origins(),
                config.secret(),
                new TicketVerifier(config.ticketKeys(), clock, signatures),
                signatures.isPresent() ? Runnable::run : verifying,
                vnc,
                transport.wires(),
                doors,
                redis,
                registry,
                recordings,
                metrics,
                config.limits(),
                clock);
    }

    private Channel listen(Reception reception) {
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(transport.server())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, viewerReads)
                .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        welcome(channel, reception);
                    }
                })
                .bind(config.listen(), config.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            shutDown();
            throw new IllegalStateException(
                    "the console gateway cannot listen on " + config.listen() + " port " + config.port(), cause);
        }
        return bound.channel();
    }

    private void welcome(Channel channel, Reception reception) {
        if (metrics.connections() >= config.limits().connections()) {
            channel.close().addListener(closed -> LOG.log(System.Logger.Level.DEBUG, "too many connections"));
            return;
        }
        doors.add(channel);
        metrics.connectionOpened();
        channel.closeFuture().addListener(closed -> metrics.connectionClosed());
        DoorHandler.enter(channel.pipeline(), reception);
    }

    @Override
    public void close() {
        listener.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        registry.forEach(console -> console.end(Ending.of(ErrorCode.SHUTTING_DOWN)));
        long deadline = System.nanoTime() + config.limits().drain().toNanos();
        registry.awaitEmpty(deadline);
        doors.newCloseFuture().awaitUninterruptibly(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        doors.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        shutDown();
    }

    private void shutDown() {
        recordings.ifPresent(Recordings::close);
        verifying.shutdownNow();
        vnc.close();
        redis.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    /** Hears what Redis says about open consoles. */
    private final class Revocations implements RevocationListener {
        @Override
        public void revoked(Revocation revocation) {
            metrics.revocationHeard();
            registry.revoke(revocation);
        }

        @Override
        public void heardAgain() {
            registry.forEach(this::ask);
        }

        private void ask(Console console) {
            CompletableFuture<?> answer = redis.withdrawn(console.ticket())
                    .thenAccept(why -> why.ifPresent(code -> console.end(Ending.of(code))))
                    .toCompletableFuture();
            answer.exceptionally(failure -> {
                LOG.log(System.Logger.Level.DEBUG, "a console could not be checked: {0}", failure.toString());
                return null;
            });
        }
    }
}
