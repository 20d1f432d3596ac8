package dev.oriel.api.vm;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import redis.embedded.RedisServer;

/** An API with a simulated host and a Redis server of its own, all of which may fail. */
public final class TestPlatform implements AutoCloseable {
    final TestHost host = TestHost.start();
    final TestGateway gateway = new TestGateway();
    private final int redisPort = ApiTestServers.freePort();
    private RedisServer redis = ApiTestServers.ownRedis(redisPort);
    private final Map<String, String> settings;
    public final TestApi api;
    private int users;

    public TestPlatform(Map<String, String> overrides) throws IOException {
        redis.start();
        Map<String, String> wanted = new HashMap<>(Map.of(
                "oriel.api.hosts", host.entry(gateway.url()),
                "oriel.api.redis-url", "redis://127.0.0.1:" + redisPort,
                "oriel.quota.running-vms", "100",
                "oriel.quota.vcpus", "1000",
                "oriel.quota.memory-mib", "1000000",
                "oriel.quota.disk-gib", "10000",
                "oriel.limits.logins-per-minute-per-address", "1000",
                "oriel.limits.requests-per-second", "1000",
                "oriel.limits.request-burst", "10000"));
        wanted.putAll(overrides);
        settings = ApiTestServers.settings(wanted);
        api = ApiTestServers.startApi(settings);
    }

    public TestPlatform() throws IOException {
        this(Map.of());
    }

    /** A further API on the same database, Redis and host; the caller closes it. */
    TestApi replica() {
        return ApiTestServers.startApi(settings);
    }

    VmUser newUser() {
        return VmUser.register(api, "person" + ++users);
    }

    void stopRedis() throws IOException {
        redis.stop();
    }

    void startRedis() throws IOException {
        redis = ApiTestServers.ownRedis(redisPort);
        redis.start();
    }

    @Override
    public void close() throws IOException {
        api.close();
        host.close();
        gateway.close();
        redis.stop();
    }
}
