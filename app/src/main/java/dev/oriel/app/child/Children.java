package dev.oriel.app.child;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owner of every process that {@code up} starts. Servers run in sessions of their own, so that a terminal's Ctrl-C
 * reaches only {@code up}, and are recorded with pid and start time, so that the next {@code up} can end what a
 * killed one left behind. After {@link #close()} nothing runs and nothing can be started. Thread-safe.
 */
public final class Children implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Children.class);
    private static final long LOG_LIMIT = 16L << 20;
    private static final int OUTPUT_LIMIT = 1 << 20;

    private final Path records;
    private final Deque<Child> children = new ArrayDeque<>();
    private final List<Process> tools = new ArrayList<>();
    private final Object monitor = new Object();
    private boolean closed;

    /** {@code records} is a directory of small files, one per running child. */
    public Children(Path records) {
        this.records = records;
    }

    /** Starts a child and keeps it running until it is stopped or this is closed. */
    public Child supervise(ChildSpec spec) {
        Child child = new Child(spec, this::launch);
        synchronized (monitor) {
            refuseWhenClosed();
            children.push(child);
        }
        child.start();
        return child;
    }

    /**
     * Runs a tool to its end and returns its output. Input comes from {@code input}, never from the terminal.
     *
     * @throws ChildFailure with the tool's last words when it fails or takes longer than {@code limit}
     */
    public String run(String name, Duration limit, List<String> command, byte[] input) {
        Process tool = startTool(name, command);
        try {
            Thread writer = Thread.ofVirtual().start(() -> feed(tool, input));
            Thread killer = Thread.ofVirtual().start(() -> killAfter(tool, limit));
            String output = new String(tool.getInputStream().readNBytes(OUTPUT_LIMIT), StandardCharsets.UTF_8);
            int status = tool.waitFor();
            killer.interrupt();
            writer.interrupt();
            if (status != 0) {
                throw new ChildFailure(name + " failed (status " + status + "): " + lastWords(output));
            }
            return output;
        } catch (IOException e) {
            throw new ChildFailure(name + " failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Interruption();
        } finally {
            tool.destroyForcibly();
            synchronized (monitor) {
                tools.remove(tool);
            }
        }
    }

    public String run(String name, Duration limit, List<String> command) {
        return run(name, limit, command, new byte[0]);
    }

    /** Ends what an earlier {@code up} on the same data left running; returns the names. */
    public List<String> endOrphans(Duration grace) {
        List<String> ended = new ArrayList<>();
        for (Path record : list(records)) {
            Optional<ProcessIdentity> orphan = read(record).filter(ProcessIdentity::isAlive);
            if (orphan.isPresent()) {
                end(orphan.get(), grace);
                ended.add(record.getFileName().toString());
            }
            delete(record);
        }
        return ended;
    }

    @Override
    public void close() {
        List<Process> running;
        synchronized (monitor) {
            closed = true;
            running = List.copyOf(tools);
        }
        running.forEach(Process::destroyForcibly);
        for (Child child = next(); child != null; child = next()) {
            child.stop();
            delete(records.resolve(child.name()));
        }
    }

    private Process launch(ChildSpec spec) throws IOException {
        rotate(spec.log());
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(spec.command());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
        setEnvironment(builder, spec.environment());
        synchronized (monitor) {
            refuseWhenClosed();
            Process process = builder.start();
            ProcessIdentity.of(process.pid())
                    .ifPresent(identity -> write(records.resolve(spec.name()), identity.toString()));
            return process;
        }
    }

    private Process startTool(String name, List<String> command) {
        synchronized (monitor) {
            refuseWhenClosed();
            try {
                Process tool =
                        new ProcessBuilder(command).redirectErrorStream(true).start();
                tools.add(tool);
                return tool;
            } catch (IOException e) {
                throw new ChildFailure(name + " cannot be started: " + e.getMessage(), e);
            }
        }
    }

    private void refuseWhenClosed() {
        if (closed) {
            throw new Interruption();
        }
    }

    private @Nullable Child next() {
        synchronized (monitor) {
            return children.poll();
        }
    }

    /** A log that has grown large makes room when its writer starts. */
    private static void rotate(Path log) throws IOException {
        if (Files.exists(log) && Files.size(log) > LOG_LIMIT) {
            Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void setEnvironment(ProcessBuilder builder, Map<String, String> environment) {
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(environment);
    }

    private static void feed(Process tool, byte[] input) {
        try (OutputStream stdin = tool.getOutputStream()) {
            stdin.write(input);
        } catch (IOException e) {
            // It ended without reading everything: its status tells whether that was right.
            LOG.debug("input of a tool was cut", e);
        }
    }

    private static void killAfter(Process tool, Duration limit) {
        try {
            if (!tool.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                tool.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end(ProcessIdentity orphan, Duration grace) {
        Signal.INT.sendTo(orphan.pid());
        Signal.TERM.sendTo(orphan.pid());
        if (!Deadline.in(grace).await(() -> !orphan.isAlive())) {
            Signal.KILL.sendTo(orphan.pid());
            Deadline.in(grace).await(() -> !orphan.isAlive());
        }
    }

    private static String lastWords(String output) {
        List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
        return String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<ProcessIdentity> read(Path record) {
        try {
            return ProcessIdentity.parse(Files.readString(record));
        } catch (IOException e) {
            LOG.warn("unreadable record {}", record.getFileName(), e);
            return Optional.empty();
        }
    }

    private static void write(Path record, String text) {
        try {
            Files.createDirectories(record.getParent());
            Files.writeString(record, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path record) {
        try {
            Files.deleteIfExists(record);
        } catch (IOException e) {
            LOG.warn("record {} stays", record.getFileName(), e);
        }
    }
}
