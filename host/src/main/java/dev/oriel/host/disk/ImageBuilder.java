package dev.oriel.host.disk;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of a recipe's {@code build WORKDIR OUTPUT}: niced, in a session of its own, its stdout read for progress,
 * its stderr kept in a log. Whoever starts it owns it and closes it; closing ends the whole build with all its
 * children. Thread-safe.
 */
public final class ImageBuilder implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ImageBuilder.class.getName());
    private static final Pattern PROGRESS = Pattern.compile("oriel-progress (\\d{1,3}) (.*)");
    private static final int MAX_LINE = 4096;
    private static final int MAX_SHOWN = 200;
    private static final long MAX_LOG_CHARS = 8L << 20;
    private static final Duration POLITENESS = Duration.ofSeconds(6);

    /** What a build may know of this process's environment: never settings or secrets. */
    private static final Set<String> ENVIRONMENT = Set.of(
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "TMPDIR",
            "APT_CONFIG",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY");

    /** How a build says how far it is: {@code percent} 0 to 100 and what it does in a few words. */
    public record Progress(int percent, String step) {}

    /** How a build ended. */
    public sealed interface Result {
        record Built() implements Result {}

        /** {@code lastLine} is the last thing it said on stderr. */
        record Failed(String lastLine) implements Result {}
    }

    private final Process process;
    private final Thread progressReader;
    private final Thread logWriter;
    private volatile String lastLine = "";

    private ImageBuilder(Process process, Path log, Consumer<Progress> listener) {
        this.process = process;
        this.progressReader = Thread.ofVirtual().name("image-build-progress").start(() -> readProgress(listener));
        this.logWriter = Thread.ofVirtual().name("image-build-log").start(() -> writeLog(log));
    }

    /**
     * Starts {@code build}; {@code log} is written anew.
     *
     * @param work directory where an earlier, interrupted run left what it had
     * @param output the image, written by the build in one step when it is whole
     * @param listener hears of progress, on a thread of the builder
     */
    public static ImageBuilder start(Path build, Path work, Path output, Path log, Consumer<Progress> listener)
            throws IOException {
        ProcessBuilder command =
                new ProcessBuilder("setsid", "nice", "-n", "15", build.toString(), work.toString(), output.toString());
        Map<String, String> environment = command.environment();
        environment.keySet().retainAll(ENVIRONMENT);
        environment.put("LC_ALL", "C.UTF-8");
        command.directory(work.toFile());
        command.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        return new ImageBuilder(command.start(), log, listener);
    }

    /** Waits for the build's end; one that takes longer than {@code limit} is ended and has failed. */
    public Result await(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            close();
            return new Result.Failed("took longer than " + limit.toMinutes() + " minutes");
        }
        logWriter.join(POLITENESS);
        progressReader.join(POLITENESS);
        int exit = process.exitValue();
        if (exit == 0) {
            return new Result.Built();
        }
        String said = lastLine;
        return new Result.Failed(said.isEmpty() ? "ended with exit code " + exit : said);
    }

    /** Ends the build and every process it started: politely, then by force. Harmless when it has ended. */
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        if (process.isAlive()) {
            signalGroup("TERM");
            awaitEnd();
        }
        if (process.isAlive()) {
            signalGroup("KILL");
            process.destroyForcibly();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }

    private void awaitEnd() {
        try {
            process.waitFor(POLITENESS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // no patience left: by force then
        }
    }

    /** The leader of a session leads a process group of the same number. */
    private void signalGroup(String signal) {
        String group = "-" + process.pid();
        try {
            Process kill =
                    new ProcessBuilder("sh", "-c", "kill -s \"$0\" -- \"$1\" 2>/dev/null", signal, group).start();
            if (!kill.waitFor(2, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                process.destroy(); // not yet in a session of its own
            }
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    private void readProgress(Consumer<Progress> listener) {
        eachLine(process.getInputStream(), line -> {
            Matcher matcher = PROGRESS.matcher(line);
            if (matcher.matches()) {
                listener.accept(
                        new Progress(Math.min(100, Integer.parseInt(matcher.group(1))), shown(matcher.group(2))));
            }
        });
    }

    private void writeLog(Path log) {
        try (Writer out = Files.newBufferedWriter(log)) {
            long[] written = {0};
            eachLine(process.getErrorStream(), line -> {
                if (!line.isBlank()) {
                    lastLine = shown(line);
                }
                written[0] += line.length() + 1;
                if (written[0] < MAX_LOG_CHARS) {
                    append(out, line);
                }
            });
        } catch (IOException | UncheckedIOException e) {
            LOG.log(Level.WARNING, "the log of an image build could not be written", e);
            eachLine(process.getErrorStream(), line -> lastLine = shown(line));
        }
    }

    private static void append(Writer out, String line) {
        try {
            out.write(line);
            out.write('\n');
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads to the end, whatever comes: a build must never block on a full pipe. Overlong lines are cut. */
    private static void eachLine(InputStream in, Consumer<String> consumer) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                if (c == '\n') {
                    consumer.accept(line.toString());
                    line.setLength(0);
                } else if (line.length() < MAX_LINE) {
                    line.append((char) c);
                }
            }
            if (!line.isEmpty()) {
                consumer.accept(line.toString());
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "an image build's output ended early", e);
        }
    }

    private static String shown(String text) {
        String clean = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return clean.length() <= MAX_SHOWN ? clean : clean.substring(0, MAX_SHOWN);
    }
}
