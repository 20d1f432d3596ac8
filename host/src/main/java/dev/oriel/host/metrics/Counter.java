package dev.oriel.host.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** A number that only grows, by label values. Thread-safe. */
public final class Counter implements Metrics.Family {
    private final String name;
    private final String help;
    private final List<String> labels;
    private final Map<List<String>, LongAdder> values = new ConcurrentHashMap<>();

    Counter(String name, String help, List<String> labels) {
        this.name = name;
        this.help = help;
        this.labels = labels;
        if (labels.isEmpty()) {
            values.put(List.of(), new LongAdder());
        }
    }

    /** Counts one; as many values as the counter has labels. */
    public void increment(String... labelValues) {
        if (labelValues.length != labels.size()) {
            throw new IllegalArgumentException(name + " has " + labels.size() + " labels");
        }
        values.computeIfAbsent(List.of(labelValues), _ -> new LongAdder()).increment();
    }

    @Override
    public void render(StringBuilder out) {
        Metrics.header(out, name, help, "counter");
        values.forEach((key, value) -> Metrics.line(out, name, Metrics.woven(labels, key), (double) value.sum()));
    }
}
