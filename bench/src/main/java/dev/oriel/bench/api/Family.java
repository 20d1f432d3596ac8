package dev.oriel.bench.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A process and all its descendants, as {@code /proc} accounts for them. */
public record Family(ProcessHandle head) {
    /** Of the kernel's clock ticks there are 100 in a second on every Linux. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int WAITED_FOR_SYSTEM_TIME = 14;

    /** Seconds of processor time so far, ended and waited-for children included. */
    public double cpuSeconds() {
        return pids().mapToDouble(Family::cpuSeconds).sum();
    }

    /** Bytes of memory: the proportional share of each. */
    public long memory() {
        return pids().mapToLong(Family::memory).sum();
    }

    /** By the name of the program. */
    public List<Family> members() {
        return Stream.concat(Stream.of(head), head.descendants())
                .map(Family::new)
                .toList();
    }

    public String program() {
        try {
            return Files.readString(proc(head.pid(), "comm")).strip();
        } catch (IOException e) {
            // It ended meanwhile.
            return "";
        }
    }

    /** Of this process alone. */
    public double ownCpuSeconds() {
        return cpuSeconds(head.pid());
    }

    /** Seconds of processor time that its JVMs have compiled for. */
    double compilerSeconds() {
        return pids().flatMap(Family::threads)
                .filter(thread -> name(thread).matches("C[12] Compiler.*"))
                // Waited-for children are the whole process's, in each of its threads.
                .mapToDouble(thread -> cpuSeconds(thread.resolve("stat"), SYSTEM_TIME))
                .sum();
    }

    private static Stream<Path> threads(long pid) {
        try (Stream<Path> threads = Files.list(proc(pid, "task"))) {
            return threads.toList().stream();
        } catch (IOException e) {
            // It ended meanwhile.
            return Stream.empty();
        }
    }

    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private Stream<Long> pids() {
        return Stream.concat(Stream.of(head), head.descendants())
                .map(ProcessHandle::pid)
                .distinct();
    }

    private static double cpuSeconds(long pid) {
        return cpuSeconds(proc(pid, "stat"), WAITED_FOR_SYSTEM_TIME);
    }

    /** @param last field that counts */
    private static double cpuSeconds(Path file, int last) {
        try {
            String stat = Files.readString(file);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long ticks = 0;
            for (int i = USER_TIME; i <= last; i++) {
                ticks += Long.parseLong(fields[i]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            // It ended meanwhile; its parent has its time.
            return 0;
        }
    }

    private static long memory(long pid) {
        try {
            return Files.readAllLines(proc(pid, "smaps_rollup")).stream()
                    .filter(line -> line.startsWith("Pss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private static Path proc(long pid, String file) {
        return Path.of("/proc", Long.toString(pid), file);
    }
}
