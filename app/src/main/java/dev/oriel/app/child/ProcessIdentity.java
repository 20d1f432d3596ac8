package dev.oriel.app.child;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One process of this machine for certain: a pid alone may have been given to another one since, so its start time
 * and the boot it belongs to are part of the name. Immutable.
 *
 * @param startTicks clock ticks between boot and its start, field 22 of {@code /proc/PID/stat}
 * @param boot the kernel's random id of this boot
 */
public record ProcessIdentity(long pid, long startTicks, String boot) {
    private static final Path PROC = Path.of("/proc");
    private static final int STATE = 0;
    private static final int START = 19;

    /** The process that has this pid now; empty when there is none, or only its zombie. */
    public static Optional<ProcessIdentity> of(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
            // The second field is the program's name in brackets and may hold anything: count from its end.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            if (fields[STATE].equals("Z") || fields[STATE].equals("X")) {
                return Optional.empty();
            }
            return Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[START]), currentBoot()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether exactly this process still runs. */
    public boolean isAlive() {
        return of(pid).filter(this::equals).isPresent();
    }

    /** Reads what {@link #toString()} made; empty when the text is something else. */
    static Optional<ProcessIdentity> parse(String text) {
        String[] parts = text.strip().split(" ");
        if (parts.length != 3 || !parts[0].matches("[0-9]{1,9}") || !parts[1].matches("[0-9]{1,18}")) {
            return Optional.empty();
        }
        return Optional.of(new ProcessIdentity(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]));
    }

    @Override
    public String toString() {
        return pid + " " + startTicks + " " + boot;
    }

    private static String currentBoot() throws IOException {
        return Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
    }
}
