package dev.oriel.bench.api;

import java.util.List;

/** Ranks in measured values. */
public final class Numbers {
    private Numbers() {}

    public static double median(List<Double> values) {
        return quantile(values, 0.5);
    }

    /** The value that a share of {@code quantile} of all does not exceed; the middle of two for an even median. */
    public static double quantile(List<Double> values, double quantile) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (quantile == 0.5 && sorted.length % 2 == 0) {
            return (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
        }
        int rank = (int) Math.ceil(quantile * sorted.length) - 1;
        return sorted[Math.max(0, rank)];
    }

    public static double max(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }
}
