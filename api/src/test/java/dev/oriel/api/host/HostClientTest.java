package dev.oriel.api.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.api.HostTarget;
import dev.oriel.core.config.Settings;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostApiContract;
import dev.oriel.core.host.HostName;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client keeps the host contract over real HTTP, in front of a simulated host. */
class HostClientTest extends HostApiContract {
    private static final String SECRET = "0123456789abcdefghijklmnopqrstuv";

    @TempDir
    Path sockets;

    private final HttpClient http = HttpClient.newHttpClient();
    private SimulatedHost simulated;
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
        simulated = new SimulatedHost(config.name(), config.sockets(), config.maxVms(), Clock.systemUTC());
        simulated.script().bootDelay(Duration.ofMillis(4)).stopDelay(Duration.ofMillis(2));
        server = HostServer.start(config, simulated);
        client = clientWith(SECRET);
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

    @Test
    void aHostThatIsGone_isUnreachable() {
        server.close();
        assertUnreachable(client);
    }

    @Test
    void aWrongSecret_isNothingACallerCouldMend() {
        assertUnreachable(clientWith(SECRET + "x"));
    }

    private HostClient clientWith(String secret) {
        URI url = URI.create("http://127.0.0.1:" + server.port());
        return new HostClient(new HostTarget(new HostName("local"), url, secret, url, secret), http);
    }

    private static void assertUnreachable(HostApi host) {
        assertThatThrownBy(host::info)
                .isInstanceOfSatisfying(
                        OrielException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.HOST_UNREACHABLE));
    }
}
