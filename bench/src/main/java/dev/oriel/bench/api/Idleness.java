package dev.oriel.bench.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a whole Oriel costs that nobody uses: all roles, Postgres, Redis, Nginx. */
record Idleness(BenchedOriel oriel) {
    private static final Duration SETTLE = Duration.ofSeconds(20);
    private static final int MAX_SETTLING = 9;
    /** Of a core, by the JVM's compilers: what a server that runs for days has behind it. */
    private static final double COMPILED = 0.002;

    Row measure(Duration time, String what) {
        Family all = oriel.family();
        settle(all);
        double compiled = all.compilerSeconds();
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
        double compilers = 100 * (all.compilerSeconds() - compiled) / elapsed;
        return Row.atMost(
                2,
                "idle control plane, " + what,
                percent,
                "% of a core",
                Row.number(elapsed) + " s; " + note + "; of java its compilers " + Row.number(compilers));
    }

    private static void settle(Family all) {
        for (int i = 0; i < MAX_SETTLING; i++) {
            double before = all.compilerSeconds();
            Pause.of(SETTLE);
            double share = (all.compilerSeconds() - before) / SETTLE.toSeconds();
            System.out.println("  settling: compilers take " + Row.number(100 * share) + " % of a core");
            if (share < COMPILED) {
                return;
            }
        }
    }

    private static Map<Long, Double> own(Family all) {
        List<Family> members = all.members();
        return members.stream()
                .collect(Collectors.toMap(member -> member.head().pid(), Family::ownCpuSeconds, (a, b) -> a));
    }
}
