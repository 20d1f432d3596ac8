package dev.oriel.bench.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a whole Oriel costs that nobody uses: all roles, Postgres, Redis, Nginx. */
record Idleness(BenchedOriel oriel) {
    private static final Duration SETTLE = Duration.ofSeconds(20);

    Row measure(Duration time, String what) {
        Pause.of(SETTLE);
        Family all = oriel.family();
        Map<Long, Double> before = own(all);
        double began = all.cpuSeconds();
        long start = System.nanoTime();
        Pause.of(time);
        double elapsed = (System.nanoTime() - start) / 1e9;
        double percent = 100 * (all.cpuSeconds() - began) / elapsed;
        Map<String, Double> byProgram = new TreeMap<>();
        for (Family member : all.members()) {
            double used =
                    member.ownCpuSeconds() - before.getOrDefault(member.head().pid(), 0.0);
            byProgram.merge(member.program(), 100 * used / elapsed, Double::sum);
        }
        String note = byProgram.entrySet().stream()
                .filter(entry -> entry.getValue() >= 0.02)
                .map(entry -> entry.getKey() + " " + Row.number(entry.getValue()))
                .collect(Collectors.joining(", "));
        return Row.atMost(
                2, "idle control plane, " + what, percent, "% of a core", Row.number(elapsed) + " s; " + note);
    }

    private static Map<Long, Double> own(Family all) {
        List<Family> members = all.members();
        return members.stream()
                .collect(Collectors.toMap(member -> member.head().pid(), Family::ownCpuSeconds, (a, b) -> a));
    }
}
