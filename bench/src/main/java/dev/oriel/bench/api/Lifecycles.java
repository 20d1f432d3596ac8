package dev.oriel.bench.api;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Users who make a VM, wait until it runs, delete it and wait until it is gone, again and again, all at once. */
record Lifecycles(List<BenchUser> users, String template) {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final int MAX_WARM_UPS = 16;
    /** Of a core. */
    private static final double COMPILED = 0.1;

    /**
     * How it went.
     *
     * @param perSecond whole lives in a second
     * @param creates seconds from asking to running, one of each
     */
    record Result(double perSecond, List<Double> creates) {
        String note(int users) {
            return users + " users at once; create → running p50 " + Row.number(1000 * Numbers.median(creates))
                    + " ms, p99 " + Row.number(1000 * Numbers.quantile(creates, 0.99)) + " ms";
        }
    }

    /** Until the JVM hardly compiles any more: it compiles what it runs most, and servers run for days. */
    void warmUp(Duration step, Family oriel) throws IOException {
        for (int i = 0; i < MAX_WARM_UPS; i++) {
            double before = oriel.compilerSeconds();
            double now = run(step).perSecond();
            double compiling = (oriel.compilerSeconds() - before) / step.toSeconds();
            System.out.println("  warming up: " + Row.number(now) + "/s, compilers take " + Row.number(100 * compiling)
                    + " % of a core");
            if (compiling < COMPILED) {
                return;
            }
        }
    }

    Result run(Duration time) throws IOException {
        ConcurrentLinkedQueue<Double> creates = new ConcurrentLinkedQueue<>();
        long began = System.nanoTime();
        long end = began + time.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (BenchUser user : users) {
                all.add(threads.submit(() -> {
                    while (System.nanoTime() < end) {
                        creates.add(live(user));
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("a life went wrong", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return new Result(creates.size() / ((System.nanoTime() - began) / 1e9), List.copyOf(creates));
    }

    /** One VM's life; the seconds it took to run. */
    private double live(BenchUser user) throws IOException {
        long began = System.nanoTime();
        String id =
                user.post("/vm", Map.of("template", template), WAIT).expect(201).id();
        double seconds = (System.nanoTime() - began) / 1e9;
        user.delete("/vm/" + id, WAIT).expect(204);
        return seconds;
    }
}
