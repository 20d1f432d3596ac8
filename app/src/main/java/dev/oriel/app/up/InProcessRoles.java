package dev.oriel.app.up;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.ApiServer;
import dev.oriel.core.config.Settings;
import dev.oriel.gateway.GatewayConfig;
import dev.oriel.gateway.GatewayServer;
import dev.oriel.host.HostConfig;
import dev.oriel.host.HostServer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** All roles in this JVM, talking over the same loopback sockets as processes would. */
final class InProcessRoles implements Roles {
    private static final Duration API_LIMIT = Duration.ofSeconds(4);

    private final HostConfig hostConfig;
    private final GatewayConfig gatewayConfig;
    private final ApiConfig apiConfig;
    private volatile @Nullable HostServer host;
    private volatile @Nullable GatewayServer gateway;
    private volatile @Nullable ApiServer api;

    /** Reads all settings, so that a wrong one is told before anything starts. */
    InProcessRoles(Settings settings) {
        this.hostConfig = HostConfig.from(settings);
        this.gatewayConfig = GatewayConfig.from(settings);
        this.apiConfig = ApiConfig.from(settings);
    }

    @Override
    public void start(RoleName role) {
        switch (role) {
            case HOST -> host = HostServer.start(hostConfig);
            case GATEWAY -> gateway = GatewayServer.start(gatewayConfig);
            case API -> api = ApiServer.start(apiConfig);
        }
    }

    @Override
    public void stop(Progress progress, Duration guestLimit) {
        @Nullable ApiServer lastApi = api;
        if (lastApi != null) {
            // Open event streams may hold it: they must not hold the guests.
            Bounded.run("API", API_LIMIT, lastApi::close);
        }
        @Nullable HostServer lastHost = host;
        if (lastHost != null) {
            Bounded.step(
                    progress, "guests powered down", guestLimit.plusSeconds(2), () -> lastHost.stopGuests(guestLimit));
        }
        @Nullable GatewayServer lastGateway = gateway;
        if (lastGateway != null) {
            Bounded.run("gateway", API_LIMIT, lastGateway::close);
        }
        if (lastHost != null) {
            Bounded.run("host", API_LIMIT, lastHost::close);
        }
    }
}
