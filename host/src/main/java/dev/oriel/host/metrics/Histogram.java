package dev.oriel.host.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Durations in seconds, counted in fixed buckets by label values. Thread-safe. */
public final class Histogram implements Metrics.Family {
    private static final double[] BOUNDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

    private final String name;
    private final String help;
    private final List<String> labels;
    private final Map<List<String>, Series> series = new ConcurrentHashMap<>();

    Histogram(String name, String help, List<String> labels) {
        this.name = name;
        this.help = help;
        this.labels = labels;
    }

    /** Counts one duration; as many values as the histogram has labels. */
    public void observe(Duration duration, String... labelValues) {
        if (labelValues.length != labels.size()) {
            throw new IllegalArgumentException(name + " has " + labels.size() + " labels");
        }
        series.computeIfAbsent(List.of(labelValues), _ -> new Series()).add(duration.toNanos());
    }

    @Override
    public void render(StringBuilder out) {
        Metrics.header(out, name, help, "histogram");
        series.forEach((key, value) -> value.render(out, name, Metrics.woven(labels, key)));
    }

    private static final class Series {
        private final AtomicLongArray buckets = new AtomicLongArray(BOUNDS.length + 1);
        private final LongAdder nanos = new LongAdder();

        void add(long value) {
            int bucket = 0;
            while (bucket < BOUNDS.length && value > BOUNDS[bucket] * 1e9) {
                bucket++;
            }
            buckets.incrementAndGet(bucket);
            nanos.add(value);
        }

        void render(StringBuilder out, String name, List<String> labels) {
            long count = 0;
            for (int i = 0; i <= BOUNDS.length; i++) {
                count += buckets.get(i);
                List<String> withBound = new ArrayList<>(labels);
                withBound.add("le");
                withBound.add(i < BOUNDS.length ? Double.toString(BOUNDS[i]) : "+Inf");
                Metrics.line(out, name + "_bucket", withBound, (double) count);
            }
            Metrics.line(out, name + "_sum", labels, nanos.sum() / 1e9);
            Metrics.line(out, name + "_count", labels, (double) count);
        }
    }
}
