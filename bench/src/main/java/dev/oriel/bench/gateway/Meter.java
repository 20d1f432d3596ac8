package dev.oriel.bench.gateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What processes and their children have used, from {@code /proc}. */
final class Meter {
    private static final long TICK_NANOS = 10_000_000;
    private static final long KIB = 1024;

    private Meter() {}

    /** CPU time so far: to the nanosecond for what runs, to 10 ms for children that have ended. */
    static long cpuNanos(List<ProcessHandle> processes) {
        return family(processes).mapToLong(Meter::cpuNanos).sum();
    }

    /** Proportional share of memory, in bytes. */
    static long memory(List<ProcessHandle> processes) {
        return family(processes).mapToLong(Meter::memory).sum();
    }

    private static Stream<Long> family(List<ProcessHandle> processes) {
        return processes.stream()
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .map(ProcessHandle::pid)
                .distinct();
    }

    private static long cpuNanos(long pid) {
        try {
            long nanos = 0;
            try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
                for (Path task : tasks.toList()) {
                    nanos += first(task.resolve("schedstat"));
                }
            }
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return nanos + (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * TICK_NANOS;
        } catch (IOException e) {
            // It ended meanwhile; its parent has its time.
            return 0;
        }
    }

    private static long first(Path file) {
        try {
            String text = Files.readString(file);
            return Long.parseLong(text.substring(0, text.indexOf(' ')));
        } catch (IOException e) {
            // A thread that ended.
            return 0;
        }
    }

    private static long memory(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
                if (line.startsWith("Pss:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * KIB;
                }
            }
            return 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
