package dev.oriel.host;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import dev.oriel.core.host.HostName;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.host.instant.InstantConfig;
import dev.oriel.host.qemu.EgressRules;
import dev.oriel.host.template.GuestNetwork;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings of one VM Manager ({@code oriel.host.*}).
 *
 * @param name this host's name, as it stands in console URLs
 * @param listen address of the HTTP port
 * @param port its number; 0 takes any free one
 * @param secret what the API must send as bearer token, at least 32 characters; kept out of {@link #toString()}
 * @param data directory of base images, overlays and run directories
 * @param sockets a short directory for unix sockets, whose paths end at 107 bytes
 * @param recipes directory of the guest image recipes ({@code deploy/images})
 * @param imageCache directory of built images; several VM Managers may share it
 * @param simulated serve a simulated host instead of QEMU
 * @param maxVms most VMs with a process at once
 * @param stopGrace how long a guest gets to power down before it is forced
 * @param imageLimit largest image that may be put on this host
 * @param diskReserve when less is free on the file system of the overlays, nothing new is begun
 * @param imageGrace how long an image that nothing needs is kept
 * @param uidBase first uid of the range that QEMU processes run under, when this process is root
 * @param vncGid group that may open the VNC sockets
 * @param instant how templates are frozen and warm clones kept
 * @param egress what guests whose template allows egress may reach
 * @param networks of templates whose own word does not count: {@code desktop=egress}
 * @param orphanGrace how long a thing must have been without an owner before it is removed; disks 60 times as long
 */
public record HostConfig(
        HostName name,
        String listen,
        int port,
        String secret,
        Path data,
        Path sockets,
        Path recipes,
        Path imageCache,
        boolean simulated,
        int maxVms,
        Duration stopGrace,
        Bytes imageLimit,
        Bytes diskReserve,
        Duration imageGrace,
        OptionalInt uidBase,
        OptionalInt vncGid,
        InstantConfig instant,
        EgressRules egress,
        Map<TemplateName, GuestNetwork> networks,
        Duration orphanGrace) {
    /** {@code sun_path} holds 108 bytes with its final zero; {@code /vnc/<uuid>} takes 41 of them. */
    private static final int MAX_SOCKETS_BYTES = 107 - 41;

    private static final String PREFIX = "oriel.host.";

    public HostConfig {
        if (port < 0 || port > 65535) {
            throw new ConfigException("setting " + PREFIX + "port must be 0 to 65535");
        }
        if (maxVms < 1) {
            throw new ConfigException("setting " + PREFIX + "max-vms must be at least 1");
        }
        if (sockets.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKETS_BYTES) {
            throw new ConfigException("setting " + PREFIX + "sockets is too long: a unix socket's path ends at 107"
                    + " bytes, so this directory at " + MAX_SOCKETS_BYTES
                    + "; choose a short one like /run/oriel/ab12cd34");
        }
    }

    /**
     * Reads {@code oriel.host.*}. A simulated host needs only a secret and the sockets directory.
     *
     * @throws ConfigException when a setting is missing or wrong
     */
    public static HostConfig from(Settings settings) {
        boolean simulated = settings.flag(PREFIX + "simulated", false);
        Path sockets = settings.path(PREFIX + "sockets");
        return new HostConfig(
                name(settings),
                settings.text(PREFIX + "listen", "127.0.0.1"),
                settings.integer(PREFIX + "port", 0),
                settings.secret(PREFIX + "secret"),
                needed(settings, "data", simulated, sockets),
                sockets,
                needed(settings, "recipes", simulated, sockets),
                needed(settings, "image-cache", simulated, sockets),
                simulated,
                settings.integer(PREFIX + "max-vms", 64),
                settings.duration(PREFIX + "stop-grace", Duration.ofSeconds(10)),
                new Bytes(settings.number(PREFIX + "image-limit", 16L << 30)),
                new Bytes(settings.number(PREFIX + "disk-reserve", 1L << 30)),
                settings.duration(PREFIX + "image-grace", Duration.ofHours(6)),
                optionalInt(settings, "uid-base"),
                optionalInt(settings, "vnc-gid"),
                InstantConfig.from(settings),
                egress(settings),
                networks(settings),
                settings.duration(PREFIX + "orphan-grace", Duration.ofMinutes(1)));
    }

    @Override
    public String toString() {
        return "HostConfig[name=" + name + ", listen=" + listen + ":" + port + ", data=" + data + ", simulated="
                + simulated + "]";
    }

    private static EgressRules egress(Settings settings) {
        try {
            return EgressRules.of(settings.list(PREFIX + "egress"));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("setting " + PREFIX + "egress: " + e.getMessage());
        }
    }

    private static Map<TemplateName, GuestNetwork> networks(Settings settings) {
        Map<TemplateName, GuestNetwork> networks = new HashMap<>();
        for (String entry : settings.list(PREFIX + "networks")) {
            String[] parts = entry.split("=", -1);
            try {
                networks.put(new TemplateName(parts[0]), GuestNetwork.valueOf(parts[1].toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw new ConfigException("setting " + PREFIX + "networks is a list like desktop=egress,tiny=none, with"
                        + " none, restricted or egress; not '" + entry + "'");
            }
        }
        return networks;
    }

    private static HostName name(Settings settings) {
        String text = settings.text(PREFIX + "name", "local");
        try {
            return new HostName(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "setting " + PREFIX + "name must be one lower-case DNS label, not '" + text + "'");
        }
    }

    private static Path needed(Settings settings, String key, boolean simulated, Path sockets) {
        Optional<String> set = settings.find(PREFIX + key);
        return set.isEmpty() && simulated ? sockets.resolve(key) : settings.path(PREFIX + key);
    }

    private static OptionalInt optionalInt(Settings settings, String key) {
        return settings.find(PREFIX + key).isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(settings.integer(PREFIX + key, -1));
    }
}
