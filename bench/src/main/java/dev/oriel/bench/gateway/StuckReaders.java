package dev.oriel.bench.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * What readers cost that take next to nothing, of a server that sends as much as is taken: just enough is read that nobody
 * is cut as dead. The slope is that of a straight line through the second half of the samples.
 */
final class StuckReaders {
    private static final int COUNT = 64;
    private static final double KB = 1000;
    private static final Duration SAMPLE = Duration.ofSeconds(5);
    /** Read by each at each sample: enough for the kernel to open its window. */
    private static final int SIP = 512 << 10;

    private StuckReaders() {}

    static Map<Metric, Double> measure(Bridge bridge, Duration span) throws IOException {
        List<Viewer> viewers = new ArrayList<>();
        try {
            long before = Meter.memory(bridge.measured());
            for (int i = 0; i < COUNT; i++) {
                Viewer viewer = Viewer.open(bridge);
                viewer.ask(MockVnc.STREAM);
                viewers.add(viewer);
            }
            List<double[]> samples = new ArrayList<>();
            long began = System.nanoTime();
            byte[] sip = new byte[64 << 10];
            while (System.nanoTime() - began < span.toNanos()) {
                LockSupport.parkNanos(SAMPLE.toNanos());
                for (Viewer viewer : viewers) {
                    for (int read = 0; read < SIP; ) {
                        read += viewer.readAny(sip);
                    }
                }
                double minutes = (System.nanoTime() - began) / 60e9;
                samples.add(new double[] {minutes, (Meter.memory(bridge.measured()) - before) / KB / COUNT});
            }
            List<double[]> settled = samples.subList(samples.size() / 2, samples.size());
            return Map.of(
                    Metric.STUCK_MEMORY,
                    settled.stream().mapToDouble(sample -> sample[1]).max().orElse(0),
                    Metric.STUCK_SLOPE,
                    slope(settled));
        } finally {
            for (Viewer viewer : viewers) {
                viewer.close();
            }
        }
    }

    /** Of the straight line that fits best. */
    static double slope(List<double[]> samples) {
        double x = samples.stream().mapToDouble(sample -> sample[0]).average().orElse(0);
        double y = samples.stream().mapToDouble(sample -> sample[1]).average().orElse(0);
        double above = 0;
        double below = 0;
        for (double[] sample : samples) {
            above += (sample[0] - x) * (sample[1] - y);
            below += (sample[0] - x) * (sample[0] - x);
        }
        return below == 0 ? 0 : above / below;
    }
}
