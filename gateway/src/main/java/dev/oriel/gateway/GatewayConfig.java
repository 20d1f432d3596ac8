package dev.oriel.gateway;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import dev.oriel.core.console.TicketKeys;
import dev.oriel.core.host.HostName;
import dev.oriel.gateway.console.ConsoleLimits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Settings of a console gateway.
 *
 * @param hostName the host whose consoles these are, as it stands in their addresses
 * @param listen address to listen on; the front door is beside it
 * @param port 0 is any free one
 * @param secret with which the API asks for the list of consoles
 * @param sockets directory that holds {@code vnc/<vm>}
 * @param redisUrl {@code redis://user:password@host:port}
 * @param ticketKeys public keys of the API by key id
 * @param recordings where recordings are kept; nothing is recorded without it
 * @param recordingsReserve bytes that recordings leave free
 * @param origins the only Origins that may open consoles
 */
public record GatewayConfig(
        HostName hostName,
        String listen,
        int port,
        String secret,
        Path sockets,
        String redisUrl,
        Map<String, PublicKey> ticketKeys,
        Set<String> origins,
        Optional<Path> recordings,
        long recordingsReserve,
        ConsoleLimits limits) {
    /** {@code sun_path} holds 108 bytes, the last one a zero. */
    private static final int MAX_SOCKET_PATH = 107;

    private static final int UUID_LENGTH = 36;
    private static final long RESERVE = 1L << 30;

    public GatewayConfig {
        if (port < 0 || port > 65535) {
            throw new ConfigException("setting oriel.gateway.port must be 0 to 65535");
        }
        int longest = sockets.toString().getBytes(StandardCharsets.UTF_8).length + "/vnc/".length() + UUID_LENGTH;
        if (longest > MAX_SOCKET_PATH) {
            throw new ConfigException(
                    "setting oriel.gateway.sockets is too long for unix sockets: use a path of at most "
                            + (MAX_SOCKET_PATH - "/vnc/".length() - UUID_LENGTH) + " bytes");
        }
        if (ticketKeys.isEmpty()) {
            throw new ConfigException(
                    "setting oriel.gateway.ticket-keys is missing: give the API's public key as kid=base64");
        }
        ticketKeys = Map.copyOf(ticketKeys);
        origins = origins.stream().map(GatewayConfig::origin).collect(Collectors.toUnmodifiableSet());
    }

    /** Reads the keys {@code oriel.gateway.*}. */
    public static GatewayConfig from(Settings settings) {
        return new GatewayConfig(
                hostName(settings.text("oriel.gateway.host-name", "local")),
                settings.text("oriel.gateway.listen", "127.0.0.1"),
                settings.integer("oriel.gateway.port", 0),
                settings.secret("oriel.gateway.secret"),
                settings.path("oriel.gateway.sockets"),
                settings.text("oriel.gateway.redis-url"),
                ticketKeys(settings),
                Set.copyOf(settings.list("oriel.gateway.origins")),
                settings.find("oriel.gateway.recordings").map(Path::of),
                settings.number("oriel.gateway.recordings-reserve", RESERVE),
                ConsoleLimits.defaults());
    }

    private static HostName hostName(String text) {
        try {
            return new HostName(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("setting oriel.gateway.host-name must be one lower-case DNS label");
        }
    }

    private static Map<String, PublicKey> ticketKeys(Settings settings) {
        Map<String, PublicKey> keys = new HashMap<>();
        for (String entry : settings.list("oriel.gateway.ticket-keys")) {
            int equals = entry.indexOf('=');
            try {
                keys.put(entry.substring(0, equals), TicketKeys.decodePublic(entry.substring(equals + 1)));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new ConfigException(
                        "setting oriel.gateway.ticket-keys must be a list of kid=base64 of an Ed25519 public key");
            }
        }
        return keys;
    }

    /** As browsers write it: lower case, no slash at the end. */
    private static String origin(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return lower.endsWith("/") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** Never shows a secret. */
    @Override
    public String toString() {
        return "GatewayConfig[hostName=" + hostName + ", listen=" + listen + ", port=" + port + ", origins=" + origins
                + "]";
    }
}
