package dev.oriel.bench.gateway;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** How many times more one thing took than another, in paired rounds: the median, and where 95 % of resamples lie. */
record Ratio(double median, double low, double high) {
    private static final int RESAMPLES = 2000;

    /** Pairs are of the same round; both have one value per round. */
    static Ratio of(List<Double> values, List<Double> base) {
        int rounds = Math.min(values.size(), base.size());
        double[] logs = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            logs[i] = Math.log(values.get(i) / base.get(i));
        }
        Random random = new Random(1);
        double[] medians = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            double[] resample = new double[rounds];
            for (int k = 0; k < rounds; k++) {
                resample[k] = logs[random.nextInt(rounds)];
            }
            medians[i] = median(resample);
        }
        Arrays.sort(medians);
        return new Ratio(
                Math.exp(median(logs)),
                Math.exp(medians[RESAMPLES / 40]),
                Math.exp(medians[RESAMPLES - 1 - RESAMPLES / 40]));
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    static double median(List<Double> values) {
        return median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
