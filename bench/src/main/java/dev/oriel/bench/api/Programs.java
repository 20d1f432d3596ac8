package dev.oriel.bench.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Other people's programs: looked for, run to their end, or run until we end. */
final class Programs {
    /** Names further options for the measured JVMs. Oriel refuses variables like it that it does not know. */
    static final String JAVA_OPTIONS = "ORIEL_BENCH_JAVA_OPTS";

    private Programs() {}

    static boolean has(String name) {
        return Stream.of("/usr/bin", "/usr/sbin", "/usr/local/bin")
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    /** Starts a program that the kernel ends with this process. */
    static Process start(List<String> command, Map<String, String> environment, Path log) throws IOException {
        List<String> owned = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        owned.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(owned).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().remove(JAVA_OPTIONS);
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** What a program printed; it must end well within {@code limit}. */
    static String output(List<String> command, Duration limit) throws IOException {
        Path output = Files.createTempFile("oriel-bench", ".out");
        try {
            Process process = start(command, Map.of(), output);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.getFirst() + " takes longer than " + limit.toSeconds() + " s");
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException(command.getFirst() + " failed: " + text);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
