package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.awaitility.Awaitility;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code ./oriel up} as a newcomer runs it: a process of its own on a data directory of its own. Everything a test
 * knows of it, it knows from its output, its ports and its files.
 */
final class RunningOriel implements AutoCloseable {
    static final Path ROOT = Path.of("").toAbsolutePath().resolve("..").normalize();
    private static final Duration START_LIMIT = Duration.ofMinutes(5);

    private final Path data;
    private final int port;
    private final Process process;
    private final ConcurrentLinkedQueue<String> output = new ConcurrentLinkedQueue<>();

    private RunningOriel(Path data, int port, Process process) {
        this.data = data;
        this.port = port;
        this.process = process;
    }

    /** Starts it and returns at once. */
    static RunningOriel launch(Path data, int port, String... more) {
        return launchFrom(ROOT, List.of(), data, port, more);
    }

    /**
     * As {@link #launch}, with a command in front (one that enters a network namespace, or {@code env}), from the
     * sources in {@code home}.
     */
    static RunningOriel launchFrom(Path home, List<String> prefix, Path data, int port, String... more) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                home.resolve("oriel").toString(),
                "up",
                "--data",
                data.toString(),
                "--port",
                String.valueOf(port),
                "--http-port",
                String.valueOf(freePort())));
        command.addAll(List.of(more));
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            // Freezing templates takes a minute of both processors on fresh data: only tests about it want that.
            builder.environment().putIfAbsent("ORIEL_HOST_INSTANT", "false");
            Process process = builder.start();
            RunningOriel up = new RunningOriel(data, port, process);
            // Reading a pipe holds the carrier of a virtual thread: two Oriels would leave none to any other.
            Thread.ofPlatform().daemon().name("output of up").start(up::readOutput);
            return up;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the next {@code up} on the data of an ended one, under the same address. */
    RunningOriel startAgain() {
        RunningOriel up = launch(data, port);
        up.awaitReady();
        return up;
    }

    /** Starts it and waits until it says that it is ready. */
    static RunningOriel start(Path data, String... more) {
        RunningOriel up = launch(data, freePort(), more);
        up.awaitReady();
        return up;
    }

    void awaitReady() {
        awaitOutput("Oriel is ready: ", START_LIMIT);
    }

    void awaitOutput(String text, Duration limit) {
        try {
            Awaitility.await()
                    .atMost(limit)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> said(text) || !process.isAlive());
        } catch (RuntimeException e) {
            throw new AssertionError("'" + text + "' did not come; output so far:\n" + String.join("\n", output), e);
        }
        assertThat(said(text))
                .as("'%s' in the output of up:\n%s", text, String.join("\n", output))
                .isTrue();
    }

    boolean said(String text) {
        return output.stream().anyMatch(line -> line.contains(text));
    }

    String output() {
        return String.join("\n", output);
    }

    /** Ctrl-C by another name: SIGTERM, then the promised orderly end. */
    void stop() {
        process.destroy();
        int exit = awaitExit(Duration.ofSeconds(40));
        assertThat(exit)
                .as("exit code of up after SIGTERM; output:\n%s", output())
                .isZero();
    }

    /** kill -9 of everything that is one JVM with {@code up}: the script and its Java. */
    void kill() {
        List<ProcessHandle> javas = process.descendants()
                .filter(child -> child.info().command().orElse("").endsWith("/java"))
                .toList();
        javas.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }

    /** As if the machine lost its power: kill -9 of everything there is, guests, servers and their children too. */
    void losePower() {
        List<ProcessHandle> all = processes().stream()
                .flatMap(line -> ProcessHandle.of(Long.parseLong(line.substring(0, line.indexOf(' ')))).stream())
                .flatMap(found -> Stream.concat(Stream.of(found), found.descendants()))
                .toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        awaitExit(Duration.ofSeconds(10));
        Awaitility.await("everything is dead")
                .atMost(Duration.ofSeconds(10))
                .until(() -> processes().isEmpty());
    }

    private int awaitExit(Duration limit) {
        try {
            assertThat(process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS))
                    .as("up ends within %s; output:\n%s", limit, output())
                    .isTrue();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Path data() {
        return data;
    }

    int port() {
        return port;
    }

    String url() {
        return "https://localhost:" + port;
    }

    /** The loopback ports of {@code DATA/run/ports.json}. */
    Map<String, Integer> ports() {
        try {
            Map<String, Integer> ports = new java.util.TreeMap<>();
            JsonMapper.shared()
                    .readTree(Files.readString(data.resolve("run/ports.json")))
                    .properties()
                    .forEach(entry -> ports.put(entry.getKey(), entry.getValue().asInt()));
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pid of a VM's QEMU as its run directory says. */
    long pidOf(String vm) {
        try {
            return Long.parseLong(
                    Files.readString(data.resolve("run/vm").resolve(vm).resolve("pid"))
                            .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where its Unix sockets are: below {@code vnc}, one for each VM. */
    Path sockets() {
        return findSockets().orElseThrow();
    }

    /** As {@link #sockets()}; empty when there is no such directory. */
    Optional<Path> findSockets() {
        CRC32 crc = new CRC32();
        crc.update(data.toString().getBytes(StandardCharsets.UTF_8));
        String name = String.format(Locale.ROOT, "%08x", crc.getValue());
        return Stream.of(
                        "/run/oriel",
                        System.getenv("XDG_RUNTIME_DIR") + "/oriel",
                        "/tmp/oriel-" + System.getProperty("user.name"))
                .map(place -> Path.of(place, name))
                .filter(Files::isDirectory)
                .findFirst();
    }

    /** Processes of this machine whose command line names the data directory or its sockets. */
    List<String> processes() {
        return processesNaming(data);
    }

    static List<String> processesNaming(Path directory) {
        List<String> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            for (Path entry : all.filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .toList()) {
                commandLine(entry)
                        .filter(line -> line.contains(directory.toString()))
                        .ifPresent(line -> found.add(entry.getFileName() + " " + line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** The JVM that runs one role under {@code --split}: its command line ends with the role's word. */
    ProcessHandle role(String role) {
        for (String line : processes()) {
            if (line.contains("java") && line.endsWith(" " + role)) {
                return ProcessHandle.of(Long.parseLong(line.substring(0, line.indexOf(' '))))
                        .orElseThrow();
            }
        }
        throw new AssertionError("no process runs the role " + role + ": " + processes());
    }

    private static java.util.Optional<String> commandLine(Path process) {
        try {
            String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ')
                    .strip();
            return line.isEmpty() ? java.util.Optional.empty() : java.util.Optional.of(line);
        } catch (IOException e) {
            // It ended between listing and reading: then it is not there.
            return java.util.Optional.empty();
        }
    }

    /** Files below a directory of the data directory; empty when the directory is not there. */
    List<Path> filesIn(String relative) {
        Path directory = data.resolve(relative);
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(path -> !Files.isDirectory(path)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A data directory of a test's own, removed when the tests' JVM ends. */
    static Path newData(String name) {
        try {
            Path data = Files.createTempDirectory("oriel-" + name);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(data), "remove " + data));
            return data;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path data) {
        try (Stream<Path> walk = Files.walk(data)) {
            for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("test data stay in " + data + ": " + e);
        }
    }

    /** Whether a process runs; one that ended and was not yet waited for by its parent does not. */
    static boolean isRunning(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            // No such process.
            return false;
        }
    }

    private void readOutput() {
        try (BufferedReader reader = process.inputReader()) {
            String line;
            while ((line = reader.readLine()) != null) {
                output.add(line);
                System.out.println(
                        "[up " + port + " " + Instant.now().toString().substring(11, 23) + "] " + line);
            }
        } catch (IOException e) {
            output.add("(output ended: " + e.getMessage() + ")");
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            stop();
        }
    }
}
