package dev.oriel.bench.api;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Processor time by program, at one moment.
 *
 * @param seconds by the names of programs
 */
record Cpu(Map<String, Double> seconds) {
    private static final double WORTH_SAYING = 1e-6;

    static Cpu of(Family family) {
        Map<String, Double> seconds = new TreeMap<>();
        family.members().forEach(member -> seconds.merge(member.program(), member.ownCpuSeconds(), Double::sum));
        return new Cpu(seconds);
    }

    /** What each program took for each of {@code count} pieces of work since {@code before}: {@code java 150 µs}. */
    String since(Cpu before, double count) {
        return seconds.entrySet().stream()
                .map(entry -> Map.entry(
                        entry.getKey(), (entry.getValue() - before.seconds.getOrDefault(entry.getKey(), 0.0)) / count))
                .filter(entry -> entry.getValue() >= WORTH_SAYING)
                .map(entry -> entry.getKey() + " " + text(entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String text(double seconds) {
        return seconds < 0.001 ? Math.round(seconds * 1e6) + " µs" : Row.number(seconds * 1e3) + " ms";
    }
}
