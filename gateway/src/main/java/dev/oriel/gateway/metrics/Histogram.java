package dev.oriel.gateway.metrics;

import java.util.concurrent.atomic.LongAdder;

/** Durations from 5 µs to 10 s, counted in Prometheus' cumulative buckets. Thread-safe. */
final class Histogram {
    private static final long[] BOUNDS_MICROS = {
        5,
        10,
        25,
        50,
        100,
        250,
        500,
        1000,
        2500,
        5000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000
    };
    private static final double NANOS = 1e9;

    /** The last one is for what is longer. */
    private final LongAdder[] counts = new LongAdder[BOUNDS_MICROS.length + 1];

    private final LongAdder nanos = new LongAdder();

    Histogram() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(long duration) {
        long micros = duration / 1000;
        int bucket = 0;
        while (bucket < BOUNDS_MICROS.length && micros >= BOUNDS_MICROS[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        nanos.add(duration);
    }

    void write(PrometheusText text, String name, String help) {
        text.family(name, "histogram", help);
        long total = 0;
        for (int i = 0; i < BOUNDS_MICROS.length; i++) {
            total += counts[i].sum();
            text.bucket(Double.toString(BOUNDS_MICROS[i] / 1e6), total);
        }
        total += counts[BOUNDS_MICROS.length].sum();
        text.bucket("+Inf", total);
        text.total(nanos.sum() / NANOS, total);
    }
}
