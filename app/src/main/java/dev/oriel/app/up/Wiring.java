package dev.oriel.app.up;

import dev.oriel.app.child.ServiceUser;
import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.Owners;
import dev.oriel.app.data.PortPlan;
import dev.oriel.app.data.SecretStore;
import dev.oriel.app.data.UidRange;
import dev.oriel.app.front.FrontDoor;
import dev.oriel.app.front.Site;
import dev.oriel.app.monitoring.Monitoring;
import dev.oriel.app.postgres.EmbeddedPostgres;
import dev.oriel.app.redis.EmbeddedRedis;
import dev.oriel.app.tls.Certificates;
import dev.oriel.core.config.Settings;
import dev.oriel.core.unit.Bytes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32;

/**
 * Who listens where, runs as whom and knows which secret: everything that follows from the options, the data
 * directory and the machine. Made once per start; making it writes ports and secrets, and starts nothing.
 *
 * @param publicUrl what browsers call it
 * @param settings of all three roles
 * @param monitoring only when it was asked for
 * @param newPassword whether the administrator's first password was made just now
 */
public record Wiring(
        URI publicUrl,
        EmbeddedPostgres postgres,
        EmbeddedRedis redis,
        FrontDoor front,
        Certificates certificates,
        Map<String, Integer> ports,
        Map<String, String> settings,
        Optional<Monitoring> monitoring,
        boolean newPassword) {
    /** The one host of {@code up}. */
    static final String HOST = "local";

    private static final int DEFAULT_HTTP_PORT = 8080;
    private static final int HTTPS = 443;

    public Wiring {
        ports = Map.copyOf(ports);
        settings = Map.copyOf(settings);
    }

    /** {@code user} is what the settings files and variables say; it goes before what is made up here. */
    static Wiring plan(UpOptions options, DataDirectory data, Settings user, boolean root) {
        Map<String, Integer> ports = ports(options, data);
        URI publicUrl = options.publicUrl().orElseGet(() -> publicUrl(options.listen(), port(ports, "front")));
        SecretStore secrets = new SecretStore(data.resolve("keys"));
        Optional<UidRange> uids =
                root ? Optional.of(UidRange.load(data.resolve("keys/uids"), data.root())) : Optional.empty();
        boolean newPassword = secrets.makePassword(data.resolve("admin-password"));
        EmbeddedPostgres postgres = new EmbeddedPostgres(
                data.resolve("postgres"),
                data.log("postgres"),
                port(ports, "postgres"),
                secrets.get("postgres-oriel"),
                uids.map(UidRange::postgres).orElseGet(ServiceUser.Same::new));
        EmbeddedRedis redis = new EmbeddedRedis(
                data.resolve("redis"),
                data.log("redis"),
                port(ports, "redis"),
                new EmbeddedRedis.Passwords(
                        secrets.get("redis-admin"), secrets.get("redis-api"), secrets.get("redis-gateway")),
                uids.map(UidRange::redis).orElseGet(ServiceUser.Same::new));
        Certificates certificates = new Certificates(data.resolve("tls"), data.resolve("keys"), Clock.systemUTC());
        FrontDoor front = new FrontDoor(
                data.resolve("nginx"),
                options.home().resolve("deploy/nginx"),
                site(options, data, user, ports, publicUrl, certificates, secrets),
                uids.map(UidRange::nginx).orElseGet(ServiceUser.Same::new));
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("oriel.public-url", publicUrl.toString());
        hostSettings(settings, options, data, port(ports, "host"), secrets, uids);
        gatewaySettings(settings, port(ports, "gateway"), redis, publicUrl, secrets);
        apiSettings(settings, data, ports, postgres, redis, secrets);
        Optional<Monitoring> monitoring = options.metrics()
                ? Optional.of(monitoring(
                        options, data, ports, uids.map(UidRange::monitoring).orElseGet(ServiceUser.Same::new)))
                : Optional.empty();
        return new Wiring(publicUrl, postgres, redis, front, certificates, ports, settings, monitoring, newPassword);
    }

    private static Monitoring monitoring(
            UpOptions options, DataDirectory data, Map<String, Integer> ports, ServiceUser user) {
        return new Monitoring(
                data.resolve("prometheus"),
                options.home().resolve("deploy/prometheus"),
                data.resolve("logs"),
                port(ports, "prometheus"),
                port(ports, "node-exporter"),
                Map.of(
                        "api", port(ports, "api"),
                        "host", port(ports, "host"),
                        "gateway", port(ports, "gateway")),
                user);
    }

    int port(String part) {
        return port(ports, part);
    }

    private static int port(Map<String, Integer> ports, String part) {
        Integer port = ports.get(part);
        if (port == null) {
            throw new IllegalStateException("no port was planned for " + part);
        }
        return port;
    }

    private static Map<String, Integer> ports(UpOptions options, DataDirectory data) {
        PortPlan plan = PortPlan.load(data.resolve("run/ports.json"));
        plan.asked("front", options.listen(), options.port(), "--port");
        if (options.httpPort().isPresent()) {
            plan.asked("http", options.listen(), options.httpPort().getAsInt(), "--http-port");
        } else {
            plan.wished("http", options.listen(), DEFAULT_HTTP_PORT);
        }
        for (String part : java.util.List.of("api", "gateway", "host", "postgres", "redis")) {
            plan.loopback(part);
        }
        if (options.metrics()) {
            plan.loopback("prometheus");
            plan.loopback("node-exporter");
        }
        plan.save();
        return plan.planned();
    }

    private static URI publicUrl(String listen, int port) {
        boolean anywhere =
                listen.equals("127.0.0.1") || listen.equals("0.0.0.0") || listen.equals("::") || listen.equals("::1");
        String host = anywhere ? "localhost" : listen.contains(":") ? "[" + listen + "]" : listen;
        return URI.create("https://" + host + (port == HTTPS ? "" : ":" + port));
    }

    private static Site site(
            UpOptions options,
            DataDirectory data,
            Settings user,
            Map<String, Integer> ports,
            URI publicUrl,
            Certificates certificates,
            SecretStore secrets) {
        Integer http = ports.get("http");
        return new Site(
                options.listen(),
                port(ports, "front"),
                http == null ? OptionalInt.empty() : OptionalInt.of(http),
                publicUrl,
                port(ports, "api"),
                Map.of(HOST, port(ports, "gateway")),
                data.resolve("www/static"),
                certificates.certificate(),
                certificates.key(),
                secrets.get("metrics-token"),
                new Site.Limits(
                        user.integer("oriel.limits.requests-per-second", 50),
                        user.integer("oriel.limits.request-burst", 200),
                        user.integer("oriel.limits.tickets-per-second", 20),
                        user.integer("oriel.limits.ticket-burst", 200),
                        user.number("oriel.api.upload-limit", Bytes.ofGiB(8).value())));
    }

    private static void hostSettings(
            Map<String, String> settings,
            UpOptions options,
            DataDirectory data,
            int port,
            SecretStore secrets,
            Optional<UidRange> uids) {
        String sockets = sockets(data.root()).toString();
        settings.put("oriel.host.name", HOST);
        settings.put("oriel.host.port", Integer.toString(port));
        settings.put("oriel.host.secret", secrets.get("host-" + HOST));
        settings.put("oriel.host.data", data.root().toString());
        settings.put("oriel.host.sockets", sockets);
        settings.put(
                "oriel.host.recipes", options.home().resolve("deploy/images").toString());
        settings.put("oriel.host.image-cache", imageCache(uids.isPresent()).toString());
        settings.put("oriel.host.simulated", Boolean.toString(options.simulated()));
        uids.ifPresent(range -> {
            settings.put("oriel.host.uid-base", Integer.toString(range.qemu()));
            settings.put("oriel.host.vnc-gid", Integer.toString(range.vncGroup()));
        });
        settings.put("oriel.gateway.sockets", sockets);
        settings.put(
                "oriel.gateway.recordings", data.root().resolve("recordings").toString());
    }

    private static void gatewaySettings(
            Map<String, String> settings, int port, EmbeddedRedis redis, URI publicUrl, SecretStore secrets) {
        settings.put("oriel.gateway.host-name", HOST);
        settings.put("oriel.gateway.port", Integer.toString(port));
        settings.put("oriel.gateway.secret", secrets.get("gateway-" + HOST));
        settings.put("oriel.gateway.redis-url", redis.gatewayUrl());
        settings.put("oriel.gateway.ticket-keys", secrets.ticketKeys().publicKey());
        settings.put("oriel.gateway.origins", publicUrl.toString());
    }

    private static void apiSettings(
            Map<String, String> settings,
            DataDirectory data,
            Map<String, Integer> ports,
            EmbeddedPostgres postgres,
            EmbeddedRedis redis,
            SecretStore secrets) {
        settings.put("oriel.api.port", Integer.toString(port(ports, "api")));
        settings.put("oriel.api.database-url", postgres.url());
        settings.put("oriel.api.database-user", postgres.role());
        settings.put("oriel.api.database-password", postgres.password());
        settings.put("oriel.api.redis-url", redis.apiUrl());
        settings.put("oriel.api.access-key", secrets.get("access"));
        settings.put("oriel.api.refresh-key", secrets.get("refresh"));
        settings.put("oriel.api.seal-key", secrets.get("seal"));
        settings.put("oriel.api.ticket-key", secrets.ticketKeys().privateKey());
        settings.put("oriel.api.uploads", data.resolve("uploads").toString());
        settings.put("oriel.api.static", data.resolve("www").toString());
        settings.put(
                "oriel.api.hosts",
                String.join(
                        "|",
                        HOST,
                        "http://127.0.0.1:" + port(ports, "host"),
                        secrets.get("host-" + HOST),
                        "http://127.0.0.1:" + port(ports, "gateway"),
                        secrets.get("gateway-" + HOST)));
        Path password = data.resolve("admin-password");
        if (Files.isReadable(password)) {
            settings.put("oriel.api.admin-password", SecretStore.read(password));
        }
    }

    /** A short directory of this data's own: paths of unix sockets end at 107 bytes. */
    static Path sockets(Path data) {
        CRC32 crc = new CRC32();
        crc.update(data.toString().getBytes(StandardCharsets.UTF_8));
        String name = String.format(java.util.Locale.ROOT, "%08x", crc.getValue());
        if (System.getProperty("user.name").equals("root")) {
            return Path.of("/run/oriel", name);
        }
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        return runtime == null || runtime.isBlank()
                ? Path.of("/tmp/oriel-" + System.getProperty("user.name"), name)
                : Path.of(runtime, "oriel", name);
    }

    private static Path imageCache(boolean root) {
        return root
                ? Path.of("/var/cache/oriel/images")
                : Path.of(System.getProperty("user.home"), ".cache/oriel/images");
    }

    /** Makes the sockets' directory, which a reboot takes away. */
    void prepareSockets() {
        Owners.passable(Path.of(settings.getOrDefault("oriel.host.sockets", "")));
    }

    /** Removes the sockets' directory when nobody has anything in it any more. */
    void leaveSockets() {
        Owners.removeEmpty(Path.of(settings.getOrDefault("oriel.host.sockets", "")));
    }

    @Override
    public String toString() {
        return "Wiring[" + publicUrl + "]";
    }
}
