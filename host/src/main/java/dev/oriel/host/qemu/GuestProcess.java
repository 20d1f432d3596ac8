package dev.oriel.host.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One process of this machine, known again by pid and start time: a pid alone may belong to somebody else by now.
 *
 * @param startTicks field 22 of {@code /proc/<pid>/stat}
 */
public record GuestProcess(long pid, long startTicks) {
    private static final Pattern TOLD = Pattern.compile("\"child-pid\":\\s*(\\d{1,18})\\D");
    private static final int STATE = 0;
    private static final int START_TICKS = 19;

    /** The process that has this pid now. */
    public static Optional<GuestProcess> of(long pid) {
        return statOf(pid).map(fields -> new GuestProcess(pid, Long.parseLong(fields.get(START_TICKS))));
    }

    /** Reads a line of {@code /proc/<pid>/stat} that was kept when the process started. */
    public static Optional<GuestProcess> parse(String stat) {
        try {
            long pid = Long.parseLong(stat.substring(0, stat.indexOf(' ')));
            return Optional.of(new GuestProcess(pid, Long.parseLong(fields(stat).get(START_TICKS))));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    /**
     * The process that {@link QemuLauncher} noted in {@code directory}, if it still runs: by pid, start time and name
     * together. One that it had no time to note is found by what its sandbox has said.
     */
    public static Optional<GuestProcess> notedIn(Path directory, String processName) {
        return noted(directory)
                .or(() -> inSandbox(directory).filter(process -> process.isNotedIn(directory)))
                .filter(process -> process.runs(processName));
    }

    private boolean isNotedIn(Path directory) {
        try {
            noteIn(directory);
            return true;
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    private static Optional<GuestProcess> noted(Path directory) {
        try {
            String pid = Files.readString(directory.resolve("pid"), StandardCharsets.US_ASCII);
            return parse(Files.readString(directory.resolve("started"), StandardCharsets.ISO_8859_1))
                    .filter(process -> Long.toString(process.pid()).equals(pid.strip()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Where the {@link Sandbox} of this instance says which process is in it. */
    static Path sandboxIn(Path directory) {
        return directory.resolve("sandbox");
    }

    /** The process in the sandbox of this instance, once that has said so. */
    static Optional<GuestProcess> inSandbox(Path directory) {
        try {
            Matcher told = TOLD.matcher(Files.readString(sandboxIn(directory), StandardCharsets.US_ASCII));
            return told.find() ? of(Long.parseLong(told.group(1))) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Keeps its pid and start time for {@link #notedIn}. */
    void noteIn(Path directory) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
        Files.writeString(directory.resolve("started"), stat, StandardCharsets.ISO_8859_1);
        Files.writeString(directory.resolve("pid"), pid + "\n", StandardCharsets.US_ASCII);
    }

    /** Whether exactly this process still runs; a zombie does not. */
    public boolean isAlive() {
        return statOf(pid)
                .filter(fields -> Long.parseLong(fields.get(START_TICKS)) == startTicks)
                .filter(fields -> !fields.get(STATE).matches("[ZXx]"))
                .isPresent();
    }

    /** Whether it was started for this machine. */
    public boolean runs(String processName) {
        try {
            String line =
                    Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
            return isAlive() && List.of(line.split("\0")).contains("guest=" + processName);
        } catch (IOException e) {
            return false;
        }
    }

    /** SIGTERM, unless it has ended. */
    public void terminate() {
        handle().ifPresent(ProcessHandle::destroy);
    }

    /** SIGKILL, unless it has ended; works on a stopped process too. */
    public void kill() {
        handle().ifPresent(ProcessHandle::destroyForcibly);
    }

    private Optional<ProcessHandle> handle() {
        return isAlive() ? ProcessHandle.of(pid) : Optional.empty();
    }

    private static Optional<List<String>> statOf(long pid) {
        try {
            return Optional.of(fields(
                    Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1)));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** The fields behind the name, which stands in brackets and may hold anything. */
    private static List<String> fields(String stat) {
        List<String> fields =
                List.of(stat.substring(stat.lastIndexOf(')') + 2).strip().split(" "));
        if (fields.size() <= START_TICKS) {
            throw new IllegalArgumentException("too short for a line of /proc/PID/stat");
        }
        return fields;
    }
}
