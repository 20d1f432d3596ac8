package dev.oriel.app.postgres;

import dev.oriel.app.child.Child;
import dev.oriel.app.child.ChildFailure;
import dev.oriel.app.child.ChildSpec;
import dev.oriel.app.child.Children;
import dev.oriel.app.child.Deadline;
import dev.oriel.app.child.Resource;
import dev.oriel.app.child.ServiceUser;
import dev.oriel.app.child.Signal;
import dev.oriel.app.data.Owners;
import dev.oriel.app.data.SecretStore;
import dev.oriel.app.data.SetupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real PostgreSQL server as a child process: its binaries come from Maven Central, its cluster stays in the data
 * directory. It listens on loopback only, asks everybody for a password, and keeps every commit through a power cut.
 *
 * @param home {@code DATA/postgres}
 * @param log gets what the server says
 * @param port on 127.0.0.1
 * @param password of the role {@code oriel}, which owns the database {@code oriel} and nothing else
 * @param user whom it runs as
 */
public record EmbeddedPostgres(Path home, Path log, int port, String password, ServiceUser user) {
    /** Major and minor version of the binaries in the build. */
    static final String VERSION = "18.6";

    private static final String ROLE = "oriel";
    private static final Duration TOOL_LIMIT = Duration.ofMinutes(2);
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_GRACE = Duration.ofSeconds(8);
    /** Has a password entry on every Debian: {@code initdb} asks for one, the server does not. */
    private static final int NOBODY = 65_534;

    /** Where clients connect. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + ROLE;
    }

    public String role() {
        return ROLE;
    }

    /**
     * Unpacks and initialises what is missing, starts the server and waits until it takes connections.
     *
     * @throws ChildFailure when it does not come up
     */
    public Child start(Children children) {
        Path server = unpack(children);
        Path cluster = cluster();
        if (!Files.exists(cluster.resolve("PG_VERSION"))) {
            initialise(children, server, cluster);
        }
        requireVersion(cluster);
        forgetDeadServer(cluster);
        Child child = children.supervise(spec(server, cluster));
        boolean ready = Deadline.in(START_LIMIT).await(() -> answers() || child.ends() > 2);
        if (!ready || child.ends() > 2) {
            throw new ChildFailure("PostgreSQL does not start; its log: " + log);
        }
        return child;
    }

    private ChildSpec spec(Path server, Path cluster) {
        List<String> command =
                new ArrayList<>(List.of(server.resolve("bin/postgres").toString(), "-D", cluster.toString()));
        Map<String, String> settings = Map.ofEntries(
                Map.entry("port", Integer.toString(port)),
                Map.entry("listen_addresses", "127.0.0.1"),
                Map.entry("unix_socket_directories", ""),
                Map.entry("max_connections", "100"),
                Map.entry("shared_buffers", "64MB"),
                Map.entry("max_wal_size", "256MB"),
                Map.entry("jit", "off"),
                Map.entry("huge_pages", "off"),
                Map.entry("io_method", "sync"),
                Map.entry("log_min_messages", "warning"),
                Map.entry("log_timezone", "UTC"),
                Map.entry("timezone", "UTC"));
        settings.forEach((key, value) -> command.addAll(List.of("-c", key + "=" + value)));
        return new ChildSpec("postgres", user.command(command), Map.of(), log, Signal.INT, STOP_GRACE);
    }

    private Path cluster() {
        return home.resolve("cluster");
    }

    private Path unpack(Children children) {
        Path server = home.resolve("server-" + VERSION);
        if (Files.exists(server)) {
            return server;
        }
        Path part = home.resolve("server.new");
        Owners.remove(part);
        try {
            Files.createDirectories(part);
            byte[] archive = Resource.read("postgres-linux-" + architecture() + ".txz");
            children.run(
                    "tar", TOOL_LIMIT, List.of("tar", "-xJf", "-", "--no-same-owner", "-C", part.toString()), archive);
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(part, server);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the cluster beside its final place and moves it there when it is whole. */
    private void initialise(Children children, Path server, Path cluster) {
        Path part = home.resolve("cluster.new");
        Owners.remove(part);
        ServiceUser maker = user instanceof ServiceUser.Own ? new ServiceUser.Own(NOBODY, false) : user;
        Owners.directory(part, maker);
        String bin = server.resolve("bin").toString();
        children.run(
                "initdb",
                TOOL_LIMIT,
                maker.command(List.of(
                        bin + "/initdb",
                        "--pgdata=" + part,
                        "--username=postgres",
                        // Nobody may come in until pg_hba.conf says who.
                        "--auth=reject",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8",
                        "--no-sync",
                        "--no-instructions")));
        children.run(
                "postgres --single",
                TOOL_LIMIT,
                maker.command(List.of(bin + "/postgres", "--single", "-D", part.toString(), "postgres")),
                firstSql().getBytes(StandardCharsets.UTF_8));
        try {
            Files.writeString(part.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
            Owners.giveTree(part, user);
            Files.move(part, cluster);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String firstSql() {
        String administrator = new SecretStore(home.resolveSibling("keys")).get("postgres-admin");
        return """
                ALTER ROLE postgres PASSWORD '%s';
                CREATE ROLE %s LOGIN PASSWORD '%s';
                CREATE DATABASE %s OWNER %s;
                """.formatted(administrator, ROLE, password, ROLE, ROLE);
    }

    private static void requireVersion(Path cluster) {
        try {
            String made = Files.readString(cluster.resolve("PG_VERSION")).strip();
            if (!VERSION.startsWith(made + ".")) {
                throw new SetupException(
                        "the database in " + cluster + " was made by PostgreSQL " + made + ", this is " + VERSION,
                        "dump it with the Oriel that made it and load it into a new data directory");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Removes the lock file of a server that is gone. The data directory's own lock says that there is no other
     * Oriel, and the records of its children have been cleaned: whoever has the pid now is somebody else.
     */
    private static void forgetDeadServer(Path cluster) {
        try {
            Files.deleteIfExists(cluster.resolve("postmaster.pid"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        try (Connection connection = DriverManager.getConnection(url(), ROLE, password)) {
            return connection.isValid(1);
        } catch (SQLException e) {
            // Not yet; the deadline is the caller's.
            return false;
        }
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> "x86_64";
            case "aarch64" -> "arm_64";
            case String other -> other;
        };
    }

    @Override
    public String toString() {
        return "EmbeddedPostgres[" + home + ", port " + port + "]";
    }
}
