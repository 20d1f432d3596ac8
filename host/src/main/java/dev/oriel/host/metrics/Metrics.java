package dev.oriel.host.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/**
 * A registry of metric families, rendered as Prometheus text (format 0.0.4). Names follow Prometheus' habits: base
 * units, {@code _total} on counters. Label values come from the code, never from a request, so the number of series
 * is bounded. Thread-safe; registering a name twice is a mistake and refused.
 */
public final class Metrics {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Map<String, Family> families = new ConcurrentSkipListMap<>();

    public Counter counter(String name, String help, String... labels) {
        if (!name.endsWith("_total")) {
            throw new IllegalArgumentException("a counter's name ends in _total: " + name);
        }
        return register(name, new Counter(name, help, List.of(labels)));
    }

    /** Durations in seconds, in buckets from 5 ms to 60 s. */
    public Histogram histogram(String name, String help, String... labels) {
        if (!name.endsWith("_seconds")) {
            throw new IllegalArgumentException("a histogram of durations ends in _seconds: " + name);
        }
        return register(name, new Histogram(name, help, List.of(labels)));
    }

    /** A value read at every scrape; {@code samples} must be quick and give the same labels for a series. */
    public void gauge(String name, String help, Supplier<List<Sample>> samples) {
        register(name, new Gauge(name, help, samples));
    }

    /** Every family, ordered by name. */
    public String render() {
        StringBuilder out = new StringBuilder(8192);
        families.values().forEach(family -> family.render(out));
        return out.toString();
    }

    private <F extends Family> F register(String name, F family) {
        if (families.putIfAbsent(name, family) != null) {
            throw new IllegalStateException("metric " + name + " is registered twice");
        }
        return family;
    }

    /** One series' value: {@code labels} are name, value, name, value… */
    public record Sample(double value, List<String> labels) {
        public Sample {
            labels = List.copyOf(labels);
        }

        public static Sample of(double value, String... labels) {
            return new Sample(value, Arrays.asList(labels));
        }
    }

    interface Family {
        void render(StringBuilder out);
    }

    private record Gauge(String name, String help, Supplier<List<Sample>> samples) implements Family {
        @Override
        public void render(StringBuilder out) {
            header(out, name, help, "gauge");
            samples.get().forEach(sample -> line(out, name, sample.labels(), sample.value()));
        }
    }

    static void header(StringBuilder out, String name, String help, String type) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    static void line(StringBuilder out, String name, List<String> labels, double value) {
        out.append(name);
        for (int i = 0; i + 1 < labels.size(); i += 2) {
            out.append(i == 0 ? '{' : ',').append(labels.get(i)).append("=\"");
            out.append(escaped(labels.get(i + 1))).append('"');
        }
        if (!labels.isEmpty()) {
            out.append('}');
        }
        out.append(' ').append(number(value)).append('\n');
    }

    /** {@code names} and {@code values} woven into name, value, name, value… */
    static List<String> woven(List<String> names, List<String> values) {
        List<String> labels = new ArrayList<>(names.size() * 2);
        for (int i = 0; i < names.size(); i++) {
            labels.add(names.get(i));
            labels.add(values.get(i));
        }
        return labels;
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
