package dev.oriel.host.http;

import dev.oriel.core.host.HostApi;
import dev.oriel.core.unit.Bytes;
import dev.oriel.host.metrics.Metrics;
import io.helidon.common.socket.SocketOptions;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The HTTP server of a VM Manager: one virtual thread per request, with limits on connections, requests, headers,
 * bodies, silence and time. Thread-safe.
 */
public final class HostHttp implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 1024;
    private static final int MAX_REQUESTS = 512;
    private static final Duration SILENCE = Duration.ofSeconds(60);

    /** Held, since the logging system forgets levels of loggers nobody holds: starts and stops are ours to tell. */
    private static final Logger SERVER_LOG = Logger.getLogger("io.helidon");

    static {
        SERVER_LOG.setLevel(Level.WARNING);
    }

    private final WebServer server;
    private final Deadline deadline;

    private HostHttp(WebServer server, Deadline deadline) {
        this.server = server;
        this.deadline = deadline;
    }

    /**
     * Serves {@code host} at {@code listen:port} (0: any free one) until closed.
     *
     * @param imageLimit largest image that may be put
     */
    public static HostHttp start(
            HostApi host, Metrics metrics, String secret, String listen, int port, Bytes imageLimit) {
        Deadline deadline = new Deadline();
        Endpoints endpoints = new Endpoints(new BearerSecret(secret), metrics);
        HttpRouting.Builder routing = HttpRouting.builder();
        new HostRoutes(host, deadline, imageLimit).register(routing, endpoints);
        new DiskRoutes(host, deadline).register(routing, endpoints);
        new OpenRoutes(host, deadline, metrics).register(routing, endpoints);
        WebServer server = WebServer.builder()
                .host(listen)
                .port(port)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .useNio(false)
                .maxTcpConnections(MAX_CONNECTIONS)
                .maxConcurrentRequests(MAX_REQUESTS)
                .idleConnectionTimeout(SILENCE)
                .connectionOptions(SocketOptions.builder()
                        .readTimeout(SILENCE)
                        .tcpNoDelay(true)
                        .build())
                .directHandlers(Problems.direct())
                .routing(routing)
                .build()
                .start();
        return new HostHttp(server, deadline);
    }

    /** The port it really listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        deadline.close();
        server.stop();
    }
}
