package dev.oriel.bench.gateway;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The table of medians, and the gateway's ratios with their 95 % intervals. */
final class Report {
    private final Map<String, Map<Metric, List<Double>>> results;

    Report(Map<String, Map<Metric, List<Double>>> results) {
        this.results = results;
    }

    /** Markdown: it goes into documents as it is. */
    String text() {
        StringBuilder text = new StringBuilder("\n| bridge |");
        for (Metric metric : Metric.values()) {
            text.append(' ').append(metric.title()).append(" |");
        }
        text.append("\n|---|").append("---|".repeat(Metric.values().length)).append('\n');
        results.forEach((name, values) -> {
            text.append("| ").append(name).append(" |");
            for (Metric metric : Metric.values()) {
                List<Double> rounds = values.get(metric);
                text.append(' ')
                        .append(rounds == null ? "–" : number(Ratio.median(rounds)))
                        .append(" |");
            }
            text.append('\n');
        });
        text.append("\nHow many times as much as the gateway (median of paired rounds, 95 % interval):\n\n");
        for (String other : results.keySet()) {
            for (Metric metric : Metric.values()) {
                ratio(other, metric)
                        .ifPresent(ratio -> text.append(String.format(
                                Locale.ROOT,
                                "- %s, %s: %.2f (%.2f–%.2f)%n",
                                other,
                                metric.title(),
                                ratio.median(),
                                ratio.low(),
                                ratio.high())));
            }
        }
        text.append("\nAdded to the round trip of the bare socket (median of paired rounds):\n\n");
        for (String name : results.keySet()) {
            List<Double> own = results.getOrDefault(name, Map.of()).get(Metric.ROUND_TRIP);
            List<Double> direct = results.getOrDefault(Lineup.DIRECT, Map.of()).get(Metric.ROUND_TRIP);
            if (own != null && direct != null && !name.equals(Lineup.DIRECT)) {
                text.append(String.format(Locale.ROOT, "- %s: %.1f µs%n", name, added(own, direct)));
            }
        }
        return text.toString();
    }

    private static double added(List<Double> own, List<Double> direct) {
        double[] more = new double[Math.min(own.size(), direct.size())];
        for (int i = 0; i < more.length; i++) {
            more[i] = own.get(i) - direct.get(i);
        }
        return Ratio.median(more);
    }

    private Optional<Ratio> ratio(String other, Metric metric) {
        String own = other.equals(Lineup.TLS_WEBSOCKIFY) ? Lineup.TLS_GATEWAY : Lineup.GATEWAY;
        List<Double> theirs = results.getOrDefault(other, Map.of()).get(metric);
        List<Double> ours = results.getOrDefault(own, Map.of()).get(metric);
        boolean compared = metric.compared()
                && !other.equals(own)
                && !other.equals(Lineup.DIRECT)
                && !other.equals(Lineup.TLS_GATEWAY);
        return compared && theirs != null && ours != null ? Optional.of(Ratio.of(theirs, ours)) : Optional.empty();
    }

    Map<String, Object> json() {
        Map<String, Object> all = new LinkedHashMap<>();
        results.forEach((name, values) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            values.forEach((metric, rounds) -> one.put(
                    metric.name().toLowerCase(Locale.ROOT), Map.of("median", Ratio.median(rounds), "rounds", rounds)));
            all.put(name, one);
        });
        return Map.of("benchmark", "gateway", "bridges", all);
    }

    private static String number(double value) {
        return value >= 100
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.3f", value);
    }
}
