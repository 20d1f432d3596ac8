package dev.oriel.app.redis;

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
import dev.oriel.core.console.Revocation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A real Redis server as a child process, on loopback, with one user per kind of client: the API may use everything
 * under {@code oriel:}, a gateway may only claim tickets and hear of revocations, so that a host that is broken into
 * learns nothing. {@code admin} is for the operator.
 *
 * @param home {@code DATA/redis}
 * @param log gets what the server says
 * @param port on 127.0.0.1
 * @param passwords one per user
 * @param user whom it runs as
 */
public record EmbeddedRedis(Path home, Path log, int port, Passwords passwords, ServiceUser user) {
    /** Version of the binary in the build. */
    static final String VERSION = "7.0.15";

    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration STOP_GRACE = Duration.ofSeconds(5);

    /** The users' passwords. */
    public record Passwords(String admin, String api, String gateway) {
        @Override
        public String toString() {
            return "Passwords";
        }
    }

    /** How the API connects. */
    public String apiUrl() {
        return "redis://api:" + passwords.api() + "@127.0.0.1:" + port;
    }

    /** How a gateway connects. */
    public String gatewayUrl() {
        return "redis://gateway:" + passwords.gateway() + "@127.0.0.1:" + port;
    }

    /**
     * Writes its configuration, starts it and waits until it answers.
     *
     * @throws ChildFailure when it does not come up
     */
    public Child start(Children children) {
        Path binary = unpack();
        Owners.directory(home.resolve("data"), user);
        Path file = home.resolve("redis.conf");
        SecretStore.writePrivate(file, configuration());
        Owners.give(file, user);
        Child child = children.supervise(new ChildSpec(
                "redis",
                user.command(List.of(binary.toString(), file.toString())),
                Map.of(),
                log,
                Signal.TERM,
                STOP_GRACE));
        boolean ready = Deadline.in(START_LIMIT).await(() -> answers() || child.ends() > 2);
        if (!ready || child.ends() > 2) {
            throw new ChildFailure("Redis does not start; its log: " + log);
        }
        return child;
    }

    private boolean answers() {
        try (RedisProbe probe = RedisProbe.connect(port)) {
            return probe.ask("AUTH", "admin", passwords.admin()).equals("+OK")
                    && probe.ask("PING").equals("+PONG");
        } catch (IOException e) {
            // Not yet; the deadline is the caller's.
            return false;
        }
    }

    private String configuration() {
        return """
                bind 127.0.0.1
                port %d
                protected-mode yes
                daemonize no
                set-proc-title no
                dir %s
                appendonly yes
                appendfsync everysec
                save ""
                maxmemory 256mb
                maxmemory-policy noeviction
                loglevel notice
                user default off nopass -@all
                user admin on #%s ~* &* +@all
                user api on #%s ~oriel:* resetchannels &oriel:* +@all -@admin -@dangerous +info
                user gateway on #%s %%RW~oriel:ticket:* %%R~oriel:revoked:* resetchannels &%s \
                -@all +set +get +exists +mget +subscribe +unsubscribe +ping +hello +auth +quit \
                +client|setname +client|id
                """.formatted(
                        port,
                        home.resolve("data"),
                        sha256(passwords.admin()),
                        sha256(passwords.api()),
                        sha256(passwords.gateway()),
                        Revocation.CHANNEL);
    }

    private Path unpack() {
        Path binary = home.resolve("server-" + VERSION);
        if (Files.exists(binary)) {
            return binary;
        }
        String architecture = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        try {
            Path part = home.resolve("server.new");
            Files.write(part, Resource.read("redis-server-" + VERSION + "-linux-" + architecture));
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
            return Files.move(part, binary, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
