package dev.oriel.api;

import dev.oriel.core.config.Settings;
import dev.oriel.core.console.TicketKeys;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import redis.embedded.RedisServer;

/**
 * Real PostgreSQL and Redis servers, one of each per test JVM, started when first asked for and ended with the JVM.
 * Every call of {@link #settings} gets a database and a Redis database of its own, so test classes share nothing.
 */
public final class ApiTestServers {
    private static final int REDIS_DATABASES = 512;
    private static final AtomicInteger NEXT = new AtomicInteger();

    private ApiTestServers() {}

    /** A whole API on fresh databases; {@code overrides} are settings like {@code oriel.quota.running-vms}. */
    public static TestApi startApi(Map<String, String> overrides) {
        return new TestApi(ApiServer.start(ApiConfig.from(new Settings(settings(overrides)))));
    }

    /** A whole API on fresh databases with the default settings. */
    public static TestApi startApi() {
        return startApi(Map.of());
    }

    /** Complete settings of the API role on fresh databases. */
    public static Map<String, String> settings(Map<String, String> overrides) {
        int number = NEXT.incrementAndGet();
        Map<String, String> settings = new HashMap<>();
        settings.put("oriel.api.database-url", freshDatabase("test" + number));
        settings.put("oriel.api.database-user", "postgres");
        settings.put("oriel.api.database-password", "postgres");
        settings.put("oriel.api.redis-url", redisUrl(number % REDIS_DATABASES));
        settings.put("oriel.api.access-key", "access-key-of-the-tests-0123456789");
        settings.put("oriel.api.refresh-key", "refresh-key-of-the-tests-0123456789");
        settings.put("oriel.api.seal-key", "seal-key-of-the-tests-0123456789012");
        settings.put(
                "oriel.api.ticket-key",
                "test=" + TicketKeys.encode(TicketKeys.generate().getPrivate()));
        settings.put("oriel.api.uploads", TestDirectories.make("oriel-api-test").toString());
        settings.put("oriel.api.admin-password", "password of admin in tests");
        settings.put("oriel.public-url", "https://localhost:8443");
        settings.putAll(overrides);
        return settings;
    }

    /** An empty database on the shared server. */
    public static String freshDatabase(String name) {
        EmbeddedPostgres server = Postgres.SERVER;
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("no fresh database", e);
        }
        return server.getJdbcUrl("postgres", name);
    }

    /** The shared Redis server, in one of its databases. */
    public static String redisUrl(int database) {
        return "redis://127.0.0.1:" + Redis.PORT + "/" + database;
    }

    /** A Redis server that the caller may stop and start; nobody else uses it. */
    public static RedisServer ownRedis(int port) {
        try {
            return RedisServer.builder()
                    .port(port)
                    .bind("127.0.0.1")
                    .setting("save \"\"")
                    .setting("databases " + REDIS_DATABASES)
                    .build();
        } catch (RuntimeException e) {
            throw new IllegalStateException("no Redis server for this machine", e);
        }
    }

    /** A loopback port that was free a moment ago. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Postgres {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setServerConfig("max_connections", "300")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Redis {
        static final int PORT = start();

        private static int start() {
            int port = freePort();
            RedisServer server = ownRedis(port);
            server.start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "stop-redis"));
            return port;
        }
    }
}
