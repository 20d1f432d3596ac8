package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Counts everything that VMs could leave behind on a machine: two counts that are equal say that nothing was left. */
final class Remains {
    private static final List<String> ROWS = List.of(
            "vm WHERE state <> 'deleted'",
            "vm_outbox",
            "vm_snapshot",
            "vm_user_data",
            "usage_interval WHERE ended_at IS NULL");

    private final RunningOriel oriel;

    Remains(RunningOriel oriel) {
        this.oriel = oriel;
    }

    Map<String, Long> count() throws IOException, SQLException {
        Map<String, Long> counts = new TreeMap<>();
        for (String line : oriel.processes()) {
            String program = line.split(" ")[1];
            counts.merge("processes of " + program.substring(program.lastIndexOf('/') + 1), 1L, Long::sum);
        }
        for (String directory : List.of("vms/users", "vms/pool", "vms/images", "run/instance", "run/vm")) {
            counts.put("files in " + directory, entriesOf(oriel.data().resolve(directory)));
        }
        counts.put("sockets", entriesOf(oriel.sockets()));
        counts.put("listening sockets", listening());
        rows(counts);
        keys(counts);
        return counts;
    }

    private void rows(Map<String, Long> counts) throws IOException, SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + port("postgres") + "/oriel";
        try (Connection connection = DriverManager.getConnection(url, "oriel", secret("postgres-oriel"));
                Statement statement = connection.createStatement()) {
            for (String rows : ROWS) {
                try (ResultSet count = statement.executeQuery("SELECT count(*) FROM " + rows)) {
                    assertThat(count.next()).isTrue();
                    counts.put("rows of " + rows, count.getLong(1));
                }
            }
        }
    }

    private void keys(Map<String, Long> counts) throws IOException {
        RedisClient client =
                RedisClient.create("redis://admin:" + secret("redis-admin") + "@127.0.0.1:" + port("redis"));
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            // What Redis forgets by itself does not pile up.
            counts.put(
                    "lasting keys",
                    connection.sync().keys("*").stream()
                            .filter(key -> connection.sync().ttl(key) < 0)
                            .count());
            counts.put("sessions", connection.sync().hlen("oriel:sessions"));
            counts.put("queue", connection.sync().xlen("oriel:lifecycle"));
            counts.put("parked", connection.sync().xlen("oriel:lifecycle:parked"));
        } finally {
            client.shutdown();
        }
    }

    /** Unix sockets that somebody listens on below the directory of sockets. */
    private long listening() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/net/unix"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.contains(oriel.sockets().toString()))
                    .count();
        }
    }

    private static long entriesOf(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            return all.count() - 1;
        }
    }

    private int port(String server) {
        return Objects.requireNonNull(oriel.ports().get(server));
    }

    private String secret(String name) throws IOException {
        return Files.readString(oriel.data().resolve("keys").resolve(name)).strip();
    }

    /** Names of {@code counts} that differ from {@code before}, for a message that can be read. */
    static Set<String> differences(Map<String, Long> before, Map<String, Long> counts) {
        Set<String> differences = new java.util.TreeSet<>();
        for (String name : Stream.concat(before.keySet().stream(), counts.keySet().stream())
                .toList()) {
            long then = before.getOrDefault(name, 0L);
            long now = counts.getOrDefault(name, 0L);
            if (then != now) {
                differences.add(name + ": " + then + " before, " + now + " now");
            }
        }
        return differences;
    }
}
