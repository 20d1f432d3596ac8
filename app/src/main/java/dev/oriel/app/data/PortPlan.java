package dev.oriel.app.data;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * Which part listens on which port, kept in {@code run/ports.json} so that parts keep their ports over restarts.
 * Ports are chosen below the range from which the kernel takes ports for outgoing connections: a connection must not
 * get a server's port while that one restarts. Not thread-safe.
 */
public final class PortPlan {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int TRIES = 200;

    private final Map<String, Integer> earlier;
    private final Map<String, Integer> planned = new LinkedHashMap<>();
    private final Set<Integer> taken = new TreeSet<>();
    private final Path file;

    private PortPlan(Path file, Map<String, Integer> earlier) {
        this.file = file;
        this.earlier = earlier;
    }

    /** Starts from what an earlier plan wrote to this file; a missing or spoilt one counts as none. */
    public static PortPlan load(Path file) {
        try {
            return new PortPlan(file, OrielJson.mapper().readValue(Files.readString(file), new TypeReference<>() {}));
        } catch (IOException | JacksonException e) {
            return new PortPlan(file, Map.of());
        }
    }

    /** A port on loopback: the earlier one when it is free, else any free one. */
    public int loopback(String part) {
        return any(part, "127.0.0.1");
    }

    /** The port that the user asked for; 0: the earlier one, else any free one. */
    public int asked(String part, String address, int port, String option) {
        if (port == 0) {
            return any(part, address);
        }
        if (!isFree(address, port)) {
            throw new SetupException(
                    "port " + port + " on " + address + " is in use by another program",
                    "stop that program, or choose another port with " + option);
        }
        return plan(part, port);
    }

    /** As {@link #asked}, but a port in use gives none at all. */
    public Optional<Integer> wished(String part, String address, int port) {
        return isFree(address, port) ? Optional.of(plan(part, port)) : Optional.empty();
    }

    /** What was planned so far, by part. */
    public Map<String, Integer> planned() {
        return Map.copyOf(planned);
    }

    /** Writes the plan, whole or not at all. */
    public void save() {
        try {
            Path part = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(part, OrielJson.mapper().writeValueAsString(planned));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int any(String part, String address) {
        Integer before = earlier.get(part);
        if (before != null && before > 0 && !taken.contains(before) && isFree(address, before)) {
            return plan(part, before);
        }
        RandomGenerator random = RandomGenerator.getDefault();
        for (int i = 0; i < TRIES; i++) {
            int port = random.nextInt(LOWEST, HIGHEST);
            if (!taken.contains(port) && !earlier.containsValue(port) && isFree(address, port)) {
                return plan(part, port);
            }
        }
        throw new SetupException("no free port on " + address, "look what uses them all: ss -ltnp");
    }

    private int plan(String part, int port) {
        planned.put(part, port);
        taken.add(port);
        return port;
    }

    private static boolean isFree(String address, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
            return true;
        } catch (UnknownHostException e) {
            throw new SetupException(address + " is no address of this machine", "give --listen an IP address");
        } catch (java.net.BindException e) {
            if (e.getMessage() != null && e.getMessage().contains("Permission denied")) {
                throw new SetupException(
                        "port " + port + " may only be opened by root", "choose a port above 1023, or run as root");
            }
            if (e.getMessage() != null && e.getMessage().contains("assign requested")) {
                throw new SetupException(
                        address + " is no address of this machine",
                        "give --listen an address that `ip address` shows, or 0.0.0.0 for all");
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
