package dev.oriel.app.monitoring;

import dev.oriel.app.child.ChildFailure;
import dev.oriel.app.child.ChildSpec;
import dev.oriel.app.child.Children;
import dev.oriel.app.child.Deadline;
import dev.oriel.app.child.ServiceUser;
import dev.oriel.app.child.Signal;
import dev.oriel.app.data.Owners;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Debian's Prometheus and node exporter on loopback, with the scrape configuration and alert rules of {@code
 * deploy/prometheus}: the same files that an operator installs.
 *
 * @param home {@code DATA/prometheus}
 * @param rules {@code deploy/prometheus}
 * @param logs where the two write
 * @param port of Prometheus; {@code nodePort} of the node exporter
 * @param roles ports of api, host and gateway by role
 * @param user whom they run as
 */
public record Monitoring(
        Path home, Path rules, Path logs, int port, int nodePort, Map<String, Integer> roles, ServiceUser user) {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration STOP_GRACE = Duration.ofSeconds(5);
    private static final int CONNECT_MILLIS = 500;
    private static final String RETENTION = "15d";

    public Monitoring {
        roles = Map.copyOf(roles);
    }

    /** Where people look at it. */
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /**
     * Writes the configuration, starts both and waits until they accept connections.
     *
     * @throws ChildFailure when one does not come up
     */
    public boolean start(Children children) {
        writeConfiguration();
        children.supervise(spec(
                "node-exporter",
                "prometheus-node-exporter",
                "--web.listen-address=127.0.0.1:" + nodePort,
                "--log.level=warn"));
        children.supervise(spec(
                "prometheus",
                "prometheus",
                "--config.file=" + home.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + home.resolve("data"),
                "--storage.tsdb.retention.time=" + RETENTION,
                "--web.listen-address=127.0.0.1:" + port,
                "--log.level=warn"));
        for (int awaited : new int[] {nodePort, port}) {
            if (!Deadline.in(START_LIMIT).await(() -> accepts(awaited))) {
                throw new ChildFailure("Prometheus or its node exporter does not start; their logs are in " + logs);
            }
        }
        return true;
    }

    private ChildSpec spec(String name, String... command) {
        return new ChildSpec(
                name, user.command(List.of(command)), Map.of(), logs.resolve(name + ".log"), Signal.TERM, STOP_GRACE);
    }

    private void writeConfiguration() {
        Owners.directory(home, user);
        Owners.directory(home.resolve("data"), user);
        try {
            for (String name : List.of("prometheus.yml", "alerts.yml")) {
                Files.copy(rules.resolve(name), home.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                Owners.give(home.resolve(name), user);
            }
            Path targets = home.resolve("targets.json");
            Files.writeString(targets, OrielJson.mapper().writeValueAsString(targets()));
            Owners.give(targets, user);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Map<String, Object>> targets() {
        List<Map<String, Object>> targets = new ArrayList<>();
        roles.forEach((role, rolePort) -> targets.add(target(role, rolePort)));
        targets.add(target("node", nodePort));
        return targets;
    }

    private static Map<String, Object> target(String role, int port) {
        return Map.of("targets", List.of("127.0.0.1:" + port), "labels", Map.of("role", role));
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            // Not yet; the deadline is the caller's.
            return false;
        }
    }
}
