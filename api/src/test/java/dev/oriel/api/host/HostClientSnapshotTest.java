package dev.oriel.api.host;

import dev.oriel.api.HostTarget;
import dev.oriel.core.config.Settings;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.SnapshotContract;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.host.HostConfig;
import dev.oriel.host.HostServer;
import dev.oriel.host.sim.SimulatedHost;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots over real HTTP, in front of a simulated host. */
class HostClientSnapshotTest extends SnapshotContract {
    private static final String SECRET = "0123456789abcdefghijklmnopqrstuv";

    @TempDir
    Path sockets;

    private final HttpClient http = HttpClient.newHttpClient();
    private HostServer server;
    private HostClient client;

    @BeforeEach
    void start() {
        HostConfig config = HostConfig.from(new Settings(Map.of(
                "oriel.host.secret",
                SECRET,
                "oriel.host.sockets",
                sockets.toString(),
                "oriel.host.simulated",
                "true")));
        SimulatedHost simulated =
                new SimulatedHost(config.name(), config.sockets(), config.maxVms(), Clock.systemUTC());
        simulated.script().bootDelay(Duration.ofMillis(4)).stopDelay(Duration.ofMillis(2));
        server = HostServer.start(config, simulated);
        URI url = URI.create("http://127.0.0.1:" + server.port());
        client = new HostClient(new HostTarget(new HostName("local"), url, SECRET, url, SECRET), http);
    }

    @AfterEach
    void stop() {
        deleteWhatWasMade();
        http.close();
        server.close();
    }

    @Override
    protected HostApi host() {
        return client;
    }

    @Override
    protected TemplateName template() {
        return new TemplateName("tiny");
    }
}
