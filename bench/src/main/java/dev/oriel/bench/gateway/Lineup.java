package dev.oriel.bench.gateway;

import dev.oriel.bench.path.PathCommand;
import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.console.TicketKeys;
import dev.oriel.core.console.TicketSigner;
import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;

/**
 * All bridges, each a process of its own with one event loop, before one mock VNC server. What is not installed here is
 * left out and named. Everything ends with {@link #close}.
 */
final class Lineup implements AutoCloseable {
    static final String GATEWAY = "Oriel gateway";
    static final String PATH = "path: ";
    static final String FLOOR = "C floor";
    static final String WEBSOCKIFY = "websockify";
    static final String HAPROXY = "haproxy, TCP";
    static final String DIRECT = "none (straight to TCP)";
    static final String TLS_GATEWAY = "Nginx TLS + Oriel gateway";
    static final String TLS_WEBSOCKIFY = "Nginx TLS + websockify";

    private static final String SECRET = "secret-of-the-bench-0123456789-abcdefgh";
    private static final int CONSOLES_PER_VM = 60;
    private static final int VMS = 160;
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final Path home;
    private final Path directory;
    private final Path mock;
    private final List<Process> processes = new ArrayList<>();
    private final List<Bridge> bridges = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private final int redisPort = freePort();
    private final KeyPair keys = TicketKeys.generate();
    private final TicketSigner signer = new TicketSigner("bench", keys.getPrivate());
    private final List<VmId> vms = Stream.generate(VmId::random).limit(VMS).toList();
    private final AtomicInteger tickets = new AtomicInteger();

    private Lineup(Path home, Path directory) throws IOException {
        this.home = home;
        this.directory = directory;
        this.mock = directory.resolve("mock");
    }

    /** Starts everybody; {@code home} is Oriel's directory; {@code paths}: the ways of moving bytes instead of the others. */
    static Lineup start(Path home, boolean paths) throws IOException {
        Lineup lineup = new Lineup(home, Files.createTempDirectory(Path.of("/tmp"), "ob"));
        try {
            lineup.startAll(paths);
            return lineup;
        } catch (IOException e) {
            lineup.close();
            throw e;
        }
    }

    List<Bridge> bridges() {
        return bridges;
    }

    /** Programs that are not here, with what to install. */
    List<String> missing() {
        return missing;
    }

    private void startAll(boolean paths) throws IOException {
        startRedis();
        int direct = startMock();
        bridges.add(bridge(DIRECT, direct, false, List.of()));
        startFloor();
        if (paths) {
            startGateway();
            for (PathCommand.Way way : PathCommand.Way.values()) {
                startPath(way);
            }
            return;
        }
        startHaproxy();
        Bridge gateway = startGateway();
        Optional<Bridge> websockify = startWebsockify();
        startNginx(gateway, websockify);
    }

    /** The same server that {@code oriel up} brings. */
    private void startRedis() throws IOException {
        String architecture = System.getProperty("os.arch", "").equals("aarch64") ? "arm64" : "amd64";
        Path binary = directory.resolve("redis");
        try (InputStream packed = Lineup.class.getResourceAsStream("/redis-server-7.0.15-linux-" + architecture)) {
            Files.copy(Objects.requireNonNull(packed, "Redis is part of the build"), binary);
        }
        Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwxr-xr-x"));
        start(
                "redis",
                Map.of(),
                List.of(binary.toString(), "--bind", "127.0.0.1", "--port", Integer.toString(redisPort), "--save", ""));
        awaitPort(redisPort);
    }

    private int startMock() throws IOException {
        int port = freePort();
        List<String> command = java("dev.oriel.bench.Bench");
        command.addAll(List.of("mock-vnc", "--unix", mock.toString(), "--port", Integer.toString(port)));
        start("mock", Map.of(), command);
        awaitPort(port);
        return port;
    }

    private void startFloor() throws IOException {
        Path binary = directory.resolve("floor");
        if (!has("gcc")) {
            missing.add("C floor (apt-get install gcc)");
            return;
        }
        run(
                "gcc",
                "-O2",
                "-o",
                binary.toString(),
                home.resolve("bench/src/main/c/floor.c").toString());
        int port = freePort();
        Process floor = start("floor", Map.of(), List.of(binary.toString(), Integer.toString(port), mock.toString()));
        awaitPort(port);
        bridges.add(bridge(FLOOR, port, true, List.of(floor)));
    }

    private void startHaproxy() throws IOException {
        if (!has("haproxy")) {
            missing.add("haproxy (apt-get install haproxy)");
            return;
        }
        int port = freePort();
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), """
                global
                  maxconn 9500
                  nbthread 1
                defaults
                  mode tcp
                  timeout connect 5s
                  timeout client 1h
                  timeout server 1h
                listen bench
                  bind 127.0.0.1:%d
                  server mock unix@%s
                """.formatted(port, mock));
        Process haproxy = start("haproxy", Map.of(), List.of(program("haproxy"), "-db", "-f", file.toString()));
        awaitPort(port);
        bridges.add(bridge(HAPROXY, port, false, List.of(haproxy)));
    }

    private Bridge startGateway() throws IOException {
        Files.createDirectory(directory.resolve("vnc"));
        for (VmId vm : vms) {
            Files.createSymbolicLink(directory.resolve("vnc").resolve(vm.toString()), mock);
        }
        int port = freePort();
        List<String> command = java("dev.oriel.app.Oriel");
        // As the script and `up --split` start it.
        command.addAll(
                1,
                List.of(
                        "-XX:ActiveProcessorCount=1",
                        "-Xmx256m",
                        "-Xmn24m",
                        "-XX:MinHeapFreeRatio=5",
                        "-XX:MaxHeapFreeRatio=15",
                        "-XX:MaxDirectMemorySize=1g"));
        command.add("gateway");
        Process gateway = start(
                "gateway",
                Map.of(
                        "ORIEL_GATEWAY_PORT",
                        Integer.toString(port),
                        "ORIEL_GATEWAY_SECRET",
                        SECRET,
                        "ORIEL_GATEWAY_SOCKETS",
                        directory.toString(),
                        "ORIEL_GATEWAY_REDIS_URL",
                        "redis://127.0.0.1:" + redisPort,
                        "ORIEL_GATEWAY_TICKET_KEYS",
                        "bench=" + TicketKeys.encode(keys.getPublic()),
                        "ORIEL_GATEWAY_ORIGINS",
                        "https://localhost:8443"),
                command);
        awaitPort(port);
        Bridge bridge = new Bridge(GATEWAY, port, true, Optional.empty(), this::console, List.of(gateway.toHandle()));
        awaitOpen(bridge);
        bridges.add(bridge);
        return bridge;
    }

    private void startPath(PathCommand.Way way) throws IOException {
        int port = freePort();
        List<String> command = java("dev.oriel.bench.Bench");
        command.add(1, "-XX:ActiveProcessorCount=1");
        command.addAll(
                List.of("path", "--way", way.name(), "--unix", mock.toString(), "--port", Integer.toString(port)));
        Process process = start("path-" + way, Map.of(), command);
        awaitPort(port);
        bridges.add(bridge(PATH + way.title(), port, true, List.of(process)));
    }

    /** A console of the next VM in turn, with a fresh ticket. */
    private Bridge.Address console() {
        VmId vm = vms.get(tickets.getAndIncrement() / CONSOLES_PER_VM % VMS);
        Instant now = Instant.now();
        String ticket = signer.sign(new ConsoleTicket(
                TicketId.random(),
                new HostName("local"),
                vm,
                UserId.random(),
                LoginId.random(),
                SessionId.random(),
                ConsolePermission.DRIVE,
                now,
                now.plusSeconds(30)));
        return new Bridge.Address("/vnc/local/" + vm, Optional.of(ticket));
    }

    private Optional<Bridge> startWebsockify() throws IOException {
        if (!has("websockify")) {
            missing.add("websockify (apt-get install websockify)");
            return Optional.empty();
        }
        int port = freePort();
        Process websockify = start(
                "websockify", Map.of(), List.of(program("websockify"), "--unix-target=" + mock, "127.0.0.1:" + port));
        awaitPort(port);
        Bridge bridge = bridge(WEBSOCKIFY, port, true, List.of(websockify));
        bridges.add(bridge);
        return Optional.of(bridge);
    }

    private void startNginx(Bridge gateway, Optional<Bridge> websockify) throws IOException {
        if (!has("nginx") || !has("openssl")) {
            missing.add("Nginx (apt-get install nginx openssl)");
            return;
        }
        FrontDoorOfBench front = FrontDoorOfBench.prepare(home, directory, freePort(), freePort(), gateway, websockify);
        run(front.certificateCommand().toArray(String[]::new));
        Process nginx =
                start("nginx", Map.of(), List.of(program("nginx"), "-p", directory.toString(), "-c", front.config()));
        awaitPort(front.gatewayPort());
        Optional<SSLSocketFactory> tls = Optional.of(front.trusting());
        bridges.add(new Bridge(
                TLS_GATEWAY, front.gatewayPort(), true, tls, this::console, handles(nginx, gateway.measured())));
        websockify.ifPresent(behind -> bridges.add(new Bridge(
                TLS_WEBSOCKIFY,
                front.websockifyPort(),
                true,
                tls,
                () -> Bridge.Address.PLAIN,
                handles(nginx, behind.measured()))));
    }

    private static List<ProcessHandle> handles(Process one, List<ProcessHandle> others) {
        return Stream.concat(Stream.of(one.toHandle()), others.stream()).toList();
    }

    private static Bridge bridge(String name, int port, boolean webSocket, List<Process> measured) {
        Supplier<Bridge.Address> address = () -> Bridge.Address.PLAIN;
        return new Bridge(
                name,
                port,
                webSocket,
                Optional.empty(),
                address,
                measured.stream().map(Process::toHandle).toList());
    }

    /** This JVM's Java with its flags, as in production, and class path. */
    private static List<String> java(String main) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-agentlib"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), main));
        return command;
    }

    private Process start(String name, Map<String, String> environment, List<String> command) throws IOException {
        List<String> owned = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        owned.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(owned)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private void run(String... command) throws IOException {
        Process process = start("tool", Map.of(), List.of(command));
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command[0] + " failed: " + Files.readString(directory.resolve("tool.log")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static boolean has(String program) {
        return Files.isExecutable(Path.of(program(program)));
    }

    private static String program(String name) {
        return Stream.of("/usr/bin", "/usr/sbin", "/usr/local/bin")
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse("/usr/bin/" + name);
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void awaitPort(int port) throws IOException {
        for (long end = System.nanoTime() + START_LIMIT.toNanos(); System.nanoTime() < end; ) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException e) {
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
        throw new IOException("nobody listens on port " + port);
    }

    /** The gateway lets nobody in before it has found Redis. */
    private static void awaitOpen(Bridge bridge) throws IOException {
        IOException last = new IOException("never tried");
        for (long end = System.nanoTime() + START_LIMIT.toNanos(); System.nanoTime() < end; ) {
            try {
                Viewer.open(bridge).close();
                return;
            } catch (IOException e) {
                last = e;
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            }
        }
        throw last;
    }

    @Override
    public void close() throws IOException {
        for (Process process : processes.reversed()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
