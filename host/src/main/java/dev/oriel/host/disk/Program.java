package dev.oriel.host.disk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A short-lived program of the system. It runs with an argument list, an empty environment and no input, and is killed
 * at its deadline. Thread-safe.
 */
public record Program(Path file) {
    private static final int MAX_OUTPUT = 64 << 10;
    private static final Duration GLANCE = Duration.ofMillis(200);
    private static final List<String> PLACES = List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin");

    /** What a run gave: its exit code and the first 64 KiB of stdout and stderr together. For logs, never for users. */
    public record Result(int exit, String output) {
        public boolean succeeded() {
            return exit == 0;
        }
    }

    /** The program of this name in the usual places, then on the PATH. */
    public static Optional<Program> find(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(PLACES.stream(), Stream.of(path.split(":")).filter(place -> place.startsWith("/")))
                .map(place -> Path.of(place, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Program::new);
    }

    /**
     * As {@link #find}.
     *
     * @throws IllegalStateException when this machine does not have it
     */
    public static Program need(String name) {
        return find(name).orElseThrow(() -> new IllegalStateException("the program " + name + " is not installed"));
    }

    /**
     * Runs it to its end.
     *
     * @throws IOException when it cannot be started or does not end within {@code limit}
     */
    public Result run(List<String> arguments, Duration limit) throws IOException, InterruptedException {
        return run(arguments, limit, () -> false)
                .orElseThrow(() -> new IllegalStateException("nobody has cancelled it"));
    }

    /**
     * Runs it to its end, or until {@code cancelled}: then it is killed and there is no result.
     *
     * @throws IOException when it cannot be started or does not end within {@code limit}
     */
    public Optional<Result> run(List<String> arguments, Duration limit, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(file.toString()));
        line.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            CompletableFuture<String> output = new CompletableFuture<>();
            Thread.ofVirtual().name("output-of-" + file.getFileName()).start(() -> collect(process, output));
            if (!ended(process, limit, cancelled)) {
                return Optional.empty();
            }
            return Optional.of(new Result(
                    process.exitValue(),
                    output.completeOnTimeout("", 1, TimeUnit.SECONDS).join()));
        } finally {
            process.destroyForcibly();
        }
    }

    /** Waits for the end; false when it was cancelled before. */
    private boolean ended(Process process, Duration limit, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < end) {
            long left = Math.min(GLANCE.toNanos(), end - System.nanoTime());
            if (process.waitFor(left, TimeUnit.NANOSECONDS)) {
                return true;
            }
            if (cancelled.getAsBoolean()) {
                process.destroyForcibly().waitFor(GLANCE.toNanos(), TimeUnit.NANOSECONDS);
                return false;
            }
        }
        throw new IOException(file.getFileName() + " did not end within " + limit.toMillis() + " ms");
    }

    private static void collect(Process process, CompletableFuture<String> output) {
        try (InputStream stream = process.getInputStream()) {
            byte[] first = stream.readNBytes(MAX_OUTPUT);
            stream.skip(Long.MAX_VALUE);
            output.complete(new String(first, StandardCharsets.UTF_8));
        } catch (IOException e) {
            output.complete("");
        }
    }
}
