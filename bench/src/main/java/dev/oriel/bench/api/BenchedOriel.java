package dev.oriel.bench.api;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * {@code oriel up} as a process of its own on data of its own, with every rate limit and quota out of the way: they
 * would be what is measured. Everything of it is gone after {@link #close}.
 */
public final class BenchedOriel implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(40);
    private static final String MANY = "1000000";

    private final Path data;
    private final int port;
    private final Process process;

    private BenchedOriel(Path data, int port, Process process) {
        this.data = data;
        this.port = port;
        this.process = process;
    }

    /** Starts it below {@code parent}, and comes back when it is ready. */
    public static BenchedOriel start(Path parent, String... options) throws IOException {
        return start(parent, Map.of(), options);
    }

    /** With further settings, as environment variables. */
    public static BenchedOriel start(Path parent, Map<String, String> settings, String... options) throws IOException {
        Path data = Files.createTempDirectory(parent, "ob");
        int port = freePort();
        List<String> command = java();
        command.addAll(List.of(
                "up",
                "--data",
                data.toString(),
                "--port",
                Integer.toString(port),
                "--http-port",
                Integer.toString(freePort())));
        command.addAll(List.of(options));
        Map<String, String> environment = new java.util.HashMap<>(Map.of(
                "ORIEL_LIMITS_REQUESTS_PER_SECOND", MANY,
                "ORIEL_LIMITS_REQUEST_BURST", MANY,
                "ORIEL_LIMITS_LOGINS_PER_MINUTE_PER_ADDRESS", MANY,
                "ORIEL_LIMITS_TICKETS_PER_SECOND", MANY,
                "ORIEL_LIMITS_TICKET_BURST", MANY,
                "ORIEL_QUOTA_RUNNING_VMS", "1000",
                "ORIEL_QUOTA_VCPUS", "1000",
                "ORIEL_QUOTA_MEMORY_MIB", MANY,
                "ORIEL_QUOTA_DISK_GIB", "100000"));
        environment.putAll(settings);
        Process process = Programs.start(command, environment, data.resolve("up.log"));
        BenchedOriel oriel = new BenchedOriel(data, port, process);
        try {
            Pause.until("oriel up", START_LIMIT, oriel::isReady);
            return oriel;
        } catch (RuntimeException e) {
            String said = Files.readString(data.resolve("up.log"));
            oriel.close();
            throw new IOException(e.getMessage() + "; it says:\n" + said, e);
        }
    }

    private boolean isReady() {
        if (!process.isAlive()) {
            throw new IllegalStateException("oriel up ended");
        }
        try {
            return Files.readString(data.resolve("up.log")).contains("Oriel is ready");
        } catch (IOException e) {
            // Not yet.
            return false;
        }
    }

    /** This JVM's Java with its flags, as in production; its class path without the benchmark; and its start-up cache. */
    private static List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-agentlib"))
                .forEach(command::add);
        // For profiling: the benchmark's own JVM has no use for it.
        String more = System.getenv(Programs.JAVA_OPTIONS);
        if (more != null) {
            command.addAll(List.of(more.split(" ")));
        }
        String path = System.getProperty("java.class.path", "");
        Path cache = Path.of(System.getProperty("oriel.home", "."), "app/target/oriel.aot");
        if (Files.exists(cache)) {
            command.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off", "-Xlog:cds*=off"));
        }
        // The cache is good for exactly the path it was made with.
        command.addAll(List.of("-cp", path.substring(path.indexOf(':') + 1), "dev.oriel.app.Oriel"));
        return command;
    }

    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    public Path data() {
        return data;
    }

    /** The front door's port. */
    public int port() {
        return port;
    }

    /** A loopback port of {@code run/ports.json}. */
    public int port(String part) {
        return OrielJson.mapper()
                .readTree(data.resolve("run/ports.json").toFile())
                .path(part)
                .asInt();
    }

    /** A secret of this installation. */
    public String secret(String name) throws IOException {
        return Files.readString(data.resolve("keys").resolve(name)).strip();
    }

    /** Where its API listens, without the front door. */
    public String api() {
        return "http://127.0.0.1:" + port("api");
    }

    /** All of it: the roles, the stores, the front door. */
    public Family family() {
        return new Family(process.toHandle());
    }

    /** The process of one role under {@code --split}. */
    public ProcessHandle role(String role) {
        return process.descendants()
                .filter(child -> commandLine(child).endsWith(" " + role))
                .filter(child -> commandLine(child).contains("java"))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no process runs the role " + role));
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .replace('\0', ' ')
                    .strip();
        } catch (IOException e) {
            // It ended meanwhile.
            return "";
        }
    }

    /** The pid of a VM's QEMU. */
    public ProcessHandle guest(String vm) throws IOException {
        String pid = Files.readString(data.resolve("run/vm").resolve(vm).resolve("pid"));
        return ProcessHandle.of(Long.parseLong(pid.strip()))
                .orElseThrow(() -> new IllegalStateException("no process of VM " + vm));
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> walk = Files.walk(data)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
