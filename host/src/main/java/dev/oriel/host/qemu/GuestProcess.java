package dev.oriel.host.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One process of this machine, known again by pid and start time: a pid alone may belong to somebody else by now.
 *
 * @param startTicks field 22 of {@code /proc/<pid>/stat}
 */
public record GuestProcess(long pid, long startTicks) {
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
     * together.
     */
    public static Optional<GuestProcess> notedIn(Path directory, String processName) {
        try {
            String pid = Files.readString(directory.resolve("pid"), StandardCharsets.US_ASCII);
            return parse(Files.readString(directory.resolve("started"), StandardCharsets.ISO_8859_1))
                    .filter(process -> Long.toString(process.pid()).equals(pid.strip()))
                    .filter(process -> process.runs(processName));
        } catch (IOException e) {
            return Optional.empty();
        }
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
