package dev.oriel.api;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import dev.oriel.core.unit.Bytes;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Everything the API service is told at start-up. Nothing else configures it: no file on the class path, no
 * environment variable. Immutable.
 *
 * @param listen address to listen on
 * @param port 0 means any free one
 * @param publicUrl what a browser's address bar shows, without a trailing slash
 * @param extraOrigins further Origins that pages may be served from
 * @param staticAssets the folder of web assets when no Nginx serves them
 * @param vmLimits how long VMs may run and stay
 * @param upkeep how long what is over is waited for and kept
 * @param recordings how consoles are recorded
 * @param trustedProxies addresses whose {@code X-Forwarded-For} is believed
 * @param privateWebhooks whether webhooks may also be sent to private addresses, for an Oriel inside a company
 * @param prices what use costs
 * @param oidc where people may sign in instead of here
 * @param adminPassword used once, to create the account {@code admin}
 */
public record ApiConfig(
        String listen,
        int port,
        Database database,
        String redisUrl,
        Keys keys,
        URI publicUrl,
        List<String> extraOrigins,
        Registration registration,
        Optional<String> adminPassword,
        QuotaDefaults quota,
        RateLimits rateLimits,
        Path uploads,
        Bytes uploadLimit,
        UploadQuota uploadQuota,
        Optional<Path> staticAssets,
        VmLimitRules vmLimits,
        Upkeep upkeep,
        RecordingRules recordings,
        List<HostTarget> hosts,
        Set<String> trustedProxies,
        boolean privateWebhooks,
        Prices prices,
        Optional<OidcConfig> oidc) {

    /** The prefix under which the front door serves the API; it is removed before a request gets here. */
    public static final String PUBLIC_PREFIX = "/api";

    private static final long DEFAULT_UPLOAD_GIB = 8;

    /** Who may make an account. */
    public enum Registration {
        /** Anybody. */
        OPEN,
        /** Whoever has a code from an administrator. */
        INVITE,
        /** Nobody: administrators make accounts. */
        CLOSED
    }

    /** Where the truth is kept. */
    public record Database(String url, String user, String password) {
        @Override
        public String toString() {
            return "Database[" + url + "]";
        }
    }

    /**
     * The API's signing keys, one per kind of token.
     *
     * @param seal seals secrets that are kept
     * @param ticketKeyId tells two ticket keys apart during a rotation
     * @param ticketKey base64 of an Ed25519 PKCS #8 key
     */
    public record Keys(String access, String refresh, String seal, String ticketKeyId, String ticketKey) {
        public Keys {
            if (access.equals(refresh)) {
                throw new ConfigException("oriel.api.access-key and oriel.api.refresh-key must differ");
            }
        }

        static Keys from(Settings settings) {
            String ticket = settings.text("oriel.api.ticket-key");
            int equals = ticket.indexOf('=');
            if (equals < 1) {
                throw new ConfigException("oriel.api.ticket-key is written kid=base64-of-an-Ed25519-PKCS8-key");
            }
            return new Keys(
                    settings.secret("oriel.api.access-key"),
                    settings.secret("oriel.api.refresh-key"),
                    settings.secret("oriel.api.seal-key"),
                    ticket.substring(0, equals),
                    ticket.substring(equals + 1));
        }

        @Override
        public String toString() {
            return "Keys[ticket " + ticketKeyId + "]";
        }
    }

    /** What one user may have at a time, unless an administrator says otherwise for that user. */
    public record QuotaDefaults(int runningVms, int vcpus, int memoryMiB, Bytes disk, int snapshots, int consoles) {
        static QuotaDefaults from(Settings settings) {
            return new QuotaDefaults(
                    settings.integer("oriel.quota.running-vms", 2),
                    settings.integer("oriel.quota.vcpus", 8),
                    settings.integer("oriel.quota.memory-mib", 8192),
                    Bytes.ofGiB(settings.integer("oriel.quota.disk-gib", 128)),
                    settings.integer("oriel.quota.snapshots", 100),
                    settings.integer("oriel.quota.consoles", 1000));
        }
    }

    /**
     * What one user may keep of files, those on their way included.
     *
     * @param patience how long an upload may come as slowly as it likes
     */
    public record UploadQuota(Bytes bytes, int files, Duration patience) {
        static UploadQuota from(Settings settings) {
            return new UploadQuota(
                    Bytes.ofGiB(settings.integer("oriel.quota.upload-gib", 64)),
                    settings.integer("oriel.quota.upload-files", 1000),
                    settings.duration("oriel.api.upload-patience", Duration.ofMinutes(2)));
        }
    }

    /**
     * How fast one client may go: see the contract. All rates are refilled steadily.
     *
     * @param requestsPerSecond per address and per account
     * @param loginsPerMinutePerAddress registrations and failed logins
     * @param loginsPerMinutePerAccount failed logins from one address to one account
     * @param failedLoginsPerMinute from everywhere to all accounts together; addresses that somebody signed in from lately
     *     are let through beyond it
     * @param ticketsPerSecond console opens per account
     */
    public record RateLimits(
            int requestsPerSecond,
            int requestBurst,
            int loginsPerMinutePerAddress,
            int loginsPerMinutePerAccount,
            int failedLoginsPerMinute,
            int ticketsPerSecond,
            int ticketBurst) {
        static RateLimits from(Settings settings) {
            return new RateLimits(
                    settings.integer("oriel.limits.requests-per-second", 50),
                    settings.integer("oriel.limits.request-burst", 200),
                    settings.integer("oriel.limits.logins-per-minute-per-address", 30),
                    settings.integer("oriel.limits.logins-per-minute-per-account", 10),
                    settings.integer("oriel.limits.failed-logins-per-minute", 600),
                    settings.integer("oriel.limits.tickets-per-second", 20),
                    settings.integer("oriel.limits.ticket-burst", 200));
        }
    }

    /**
     * How long what is over is waited for and kept.
     *
     * @param queueRetry after which time without a sign of life an entry of the queue is taken from its consumer
     * @param keepDeleted how long the row of a deleted VM stays
     * @param keepUnknown how long a host keeps a VM that the database does not know: an older copy of the database may
     *     have been restored, and its disk may be all that is left of somebody's work
     */
    public record Upkeep(Duration queueRetry, Duration keepDeleted, Duration keepUnknown) {
        public Upkeep {
            if (queueRetry.compareTo(Duration.ofMillis(100)) < 0) {
                throw new ConfigException("setting oriel.api.queue-retry must be at least 100 ms");
            }
            if (keepDeleted.compareTo(Duration.ofHours(1)) < 0) {
                // Late messages and leftovers on hosts are recognised by these rows.
                throw new ConfigException("setting oriel.api.keep-deleted must be at least 1h");
            }
        }

        static Upkeep from(Settings settings) {
            return new Upkeep(
                    settings.duration("oriel.api.queue-retry", Duration.ofSeconds(3)),
                    settings.duration("oriel.api.keep-deleted", Duration.ofDays(30)),
                    settings.duration("oriel.api.keep-unknown", Duration.ofDays(1)));
        }
    }

    public ApiConfig {
        extraOrigins = List.copyOf(extraOrigins);
        hosts = List.copyOf(hosts);
        trustedProxies = Set.copyOf(trustedProxies);
    }

    /**
     * Reads and checks the settings of this role.
     *
     * @throws ConfigException naming the setting and the cure
     */
    public static ApiConfig from(Settings settings) {
        return new ApiConfig(
                settings.text("oriel.api.listen", "127.0.0.1"),
                settings.integer("oriel.api.port", 0),
                new Database(
                        settings.text("oriel.api.database-url"),
                        settings.text("oriel.api.database-user"),
                        settings.text("oriel.api.database-password", "")),
                settings.text("oriel.api.redis-url"),
                Keys.from(settings),
                origin("oriel.public-url", settings.text("oriel.public-url")),
                settings.list("oriel.origins").stream()
                        .map(text -> origin("oriel.origins", text).toString())
                        .toList(),
                registration(settings.text("oriel.registration", "open")),
                settings.find("oriel.api.admin-password"),
                QuotaDefaults.from(settings),
                RateLimits.from(settings),
                settings.path("oriel.api.uploads"),
                new Bytes(settings.number(
                        "oriel.api.upload-limit",
                        Bytes.ofGiB(DEFAULT_UPLOAD_GIB).value())),
                UploadQuota.from(settings),
                settings.find("oriel.api.static").map(text -> Path.of(text).toAbsolutePath()),
                VmLimitRules.from(settings),
                Upkeep.from(settings),
                RecordingRules.from(settings),
                settings.list("oriel.api.hosts").stream().map(HostTarget::of).toList(),
                trustedProxies(settings),
                settings.flag("oriel.webhooks.private", false),
                Prices.from(settings),
                OidcConfig.from(settings));
    }

    /** All Origins that Oriel's own pages may have: the public one first. */
    public List<String> origins() {
        List<String> all = new java.util.ArrayList<>(List.of(publicUrl.toString()));
        all.addAll(extraOrigins);
        return List.copyOf(all);
    }

    /** The prefix under which browsers see the API's cookies and paths: {@code /api}. */
    public URI apiUrl() {
        return URI.create(publicUrl + PUBLIC_PREFIX);
    }

    private static Set<String> trustedProxies(Settings settings) {
        List<String> listed = settings.list("oriel.api.trusted-proxies");
        return new TreeSet<>(listed.isEmpty() ? List.of("127.0.0.1", "0:0:0:0:0:0:0:1") : listed);
    }

    private static Registration registration(String text) {
        try {
            return Registration.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("setting oriel.registration must be open, invite or closed, not '" + text + "'");
        }
    }

    /** An address like {@code https://vm.example.org:8443}: no path, no trailing slash, default port left out. */
    private static URI origin(String key, String text) {
        String bare = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        try {
            URI uri = URI.create(bare.toLowerCase(Locale.ROOT));
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (web && uri.getHost() != null && uri.getRawPath().isEmpty() && uri.getRawQuery() == null) {
                boolean plain = uri.getPort() == ("https".equals(uri.getScheme()) ? 443 : 80);
                return plain ? URI.create(uri.getScheme() + "://" + uri.getHost()) : uri;
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigException("setting " + key + " is no address: '" + text + "'");
        }
        throw new ConfigException("setting " + key + " must be like https://vm.example.org:8443, not '" + text + "'");
    }
}
