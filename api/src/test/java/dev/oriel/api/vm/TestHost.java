package dev.oriel.api.vm;

import dev.oriel.api.TestDirectories;
import dev.oriel.core.config.Settings;
import dev.oriel.core.host.HostName;
import dev.oriel.host.HostConfig;
import dev.oriel.host.HostServer;
import dev.oriel.host.sim.SimulatedHost;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/** A simulated host behind the real HTTP server of VM Managers; it can go away and come back on the same port. */
final class TestHost implements AutoCloseable {
    static final String SECRET = "secret-of-the-test-host-0123456789";

    private final Path sockets;
    private final String name;
    private SimulatedHost host;
    private HostServer server;
    private int port;

    private TestHost(String name) {
        this.name = name;
        this.sockets = TestDirectories.make("orl");
        this.host = simulated();
        this.server = serve(0);
        this.port = server.port();
    }

    static TestHost start() {
        return new TestHost("local");
    }

    private SimulatedHost simulated() {
        return new SimulatedHost(new HostName(name), sockets, 64, Clock.systemUTC());
    }

    SimulatedHost host() {
        return host;
    }

    Path sockets() {
        return sockets;
    }

    /** Ends the server and everything the host held, and starts an empty one on the same port. */
    void replace() {
        server.close();
        host = simulated();
        server = serve(port);
    }

    /** An entry of {@code oriel.api.hosts}; no gateway listens. */
    String entry() {
        return entry("http://127.0.0.1:9");
    }

    String entry(String gateway) {
        return name + "|http://127.0.0.1:" + port + "|" + SECRET + "|" + gateway + "|" + SECRET;
    }

    private HostServer serve(int onPort) {
        return HostServer.start(
                HostConfig.from(new Settings(Map.of(
                        "oriel.host.name",
                        name,
                        "oriel.host.port",
                        Integer.toString(onPort),
                        "oriel.host.secret",
                        SECRET,
                        "oriel.host.sockets",
                        sockets.toString(),
                        "oriel.host.simulated",
                        "true"))),
                host);
    }

    @Override
    public void close() {
        server.close();
    }
}
