package dev.oriel.bench.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** What a bridge is put through; each gives its numbers under the names of {@link Metric}. */
enum Workload {
    ONE_STREAM {
        @Override
        Map<Metric, Double> run(Bridge bridge, Sizes sizes) throws IOException {
            return stream(bridge, 1, sizes, Metric.STREAM_RATE, Metric.STREAM_CPU);
        }
    },
    STREAMS {
        @Override
        Map<Metric, Double> run(Bridge bridge, Sizes sizes) throws IOException {
            return stream(bridge, sizes.many(), sizes, Metric.STREAMS_RATE, Metric.STREAMS_CPU);
        }
    },
    MESSAGES {
        @Override
        Map<Metric, Double> run(Bridge bridge, Sizes sizes) throws IOException {
            return messages(bridge, sizes);
        }
    },
    DESKTOPS {
        @Override
        Map<Metric, Double> run(Bridge bridge, Sizes sizes) throws IOException {
            return desktops(bridge, sizes);
        }
    },
    CONNECTIONS {
        @Override
        Map<Metric, Double> run(Bridge bridge, Sizes sizes) throws IOException {
            return connections(bridge, sizes);
        }
    };

    /** How long and how many. */
    record Sizes(Duration span, int many) {}

    private static final Duration WARM_UP = Duration.ofMillis(500);
    private static final double NANOS = 1e9;

    abstract Map<Metric, Double> run(Bridge bridge, Sizes sizes) throws IOException;

    private static Map<Metric, Double> stream(Bridge bridge, int count, Sizes sizes, Metric rate, Metric cpu)
            throws IOException {
        try (Readers readers = Readers.start(bridge, count, MockVnc.STREAM)) {
            Readers.Span span = readers.measure(bridge, WARM_UP, sizes.span());
            double gigabytes = span.bytes() / NANOS;
            return Map.of(rate, gigabytes / span.seconds(), cpu, span.cpuSeconds() / gigabytes);
        }
    }

    private static Map<Metric, Double> desktops(Bridge bridge, Sizes sizes) throws IOException {
        try (Readers readers = Readers.start(bridge, sizes.many(), MockVnc.PAINT)) {
            Readers.Span span = readers.measure(bridge, WARM_UP, sizes.span());
            double wanted = sizes.many() * (double) MockVnc.PICTURES_PER_SECOND * MockVnc.PICTURE;
            double kept = span.bytes() / span.seconds() / wanted;
            return Map.of(Metric.DESKTOPS_CPU, 100 * span.cpuSeconds() / span.seconds() / kept);
        }
    }

    /** {@code count} consoles with ten pictures a second: which part of them came, and for which part of a core. */
    static Map<Metric, Double> calm(Bridge bridge, int count, Duration span) throws IOException {
        try (Readers readers = Readers.start(bridge, count, MockVnc.CALM)) {
            Readers.Span measured = readers.measure(bridge, WARM_UP.multipliedBy(8), span);
            double wanted = count * (double) MockVnc.CALM_PER_SECOND * MockVnc.PICTURE;
            return Map.of(
                    Metric.CALM_KEPT,
                    100 * measured.bytes() / measured.seconds() / wanted,
                    Metric.CALM_CPU,
                    100 * measured.cpuSeconds() / measured.seconds());
        }
    }

    private static Map<Metric, Double> messages(Bridge bridge, Sizes sizes) throws IOException {
        try (Viewer viewer = Viewer.open(bridge)) {
            for (long end = System.nanoTime() + WARM_UP.toNanos(); System.nanoTime() < end; ) {
                viewer.ask(MockVnc.ANSWER);
                viewer.read(MockVnc.MESSAGE);
            }
            long cpu = Meter.cpuNanos(bridge.measured());
            long end = System.nanoTime() + sizes.span().toNanos();
            long[] times = new long[1 << 20];
            int count = 0;
            while (System.nanoTime() < end && count < times.length) {
                long began = System.nanoTime();
                viewer.ask(MockVnc.ANSWER);
                viewer.read(MockVnc.MESSAGE);
                times[count++] = System.nanoTime() - began;
            }
            double used = Meter.cpuNanos(bridge.measured()) - cpu;
            Arrays.sort(times, 0, count);
            return Map.of(Metric.MESSAGE_CPU, used / count / 1000, Metric.ROUND_TRIP, times[count / 2] / 1000.0);
        }
    }

    private static Map<Metric, Double> connections(Bridge bridge, Sizes sizes) throws IOException {
        Viewer.open(bridge).close();
        long cpu = Meter.cpuNanos(bridge.measured());
        long end = System.nanoTime() + sizes.span().toNanos();
        int count = 0;
        while (System.nanoTime() < end) {
            Viewer.open(bridge).close();
            count++;
        }
        // What closing costs comes a little later.
        LockSupport.parkNanos(WARM_UP.toNanos());
        return Map.of(Metric.CONNECTION_CPU, (Meter.cpuNanos(bridge.measured()) - cpu) / 1000.0 / count);
    }

    /** Threads that each read one connection as fast as it comes. */
    private static final class Readers implements AutoCloseable {
        private final List<Viewer> viewers = new ArrayList<>();
        private final LongAdder bytes = new LongAdder();
        private final AtomicBoolean failed = new AtomicBoolean();

        record Span(double bytes, double seconds, double cpuSeconds) {}

        static Readers start(Bridge bridge, int count, int wish) throws IOException {
            Readers readers = new Readers();
            try {
                for (int i = 0; i < count; i++) {
                    readers.viewers.add(Viewer.open(bridge));
                }
                for (Viewer viewer : readers.viewers) {
                    viewer.ask(wish);
                    Thread.ofPlatform().daemon().start(() -> readers.read(viewer));
                }
                return readers;
            } catch (IOException e) {
                readers.close();
                throw e;
            }
        }

        private void read(Viewer viewer) {
            byte[] buffer = new byte[128 << 10];
            try {
                while (true) {
                    bytes.add(viewer.readAny(buffer));
                }
            } catch (IOException e) {
                failed.set(true);
            }
        }

        Span measure(Bridge bridge, Duration warmUp, Duration span) throws IOException {
            LockSupport.parkNanos(warmUp.toNanos());
            long cpu = Meter.cpuNanos(bridge.measured());
            long before = bytes.sum();
            long began = System.nanoTime();
            LockSupport.parkNanos(span.toNanos());
            double read = bytes.sum() - before;
            double seconds = (System.nanoTime() - began) / NANOS;
            double used = (Meter.cpuNanos(bridge.measured()) - cpu) / NANOS;
            if (failed.get() || read <= 0) {
                throw new IOException("a stream of " + bridge.name() + " broke");
            }
            return new Span(read, seconds, used);
        }

        @Override
        public void close() throws IOException {
            for (Viewer viewer : viewers) {
                viewer.close();
            }
        }
    }
}
