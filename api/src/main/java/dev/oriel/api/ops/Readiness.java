package dev.oriel.api.ops;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Asks all parts at the same time, within {@link #LIMIT}. A result is used again for a moment, so that asking often costs
 * the parts nothing. Thread-safe.
 */
@Component
class Readiness implements AutoCloseable {
    static final Duration LIMIT = Duration.ofMillis(1500);
    private static final Duration KEPT = Duration.ofMillis(250);
    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

    private final List<HealthCheck> checks;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable Report latest;
    private long latestAt;

    Readiness(List<HealthCheck> checks) {
        this.checks = List.copyOf(checks);
    }

    /** How a part is. */
    enum Status {
        @JsonProperty("ok")
        OK,
        @JsonProperty("down")
        DOWN
    }

    /** One part, and how long it took to answer. */
    record Part(Status status, long millis) {}

    /** All parts by name; {@code status} is ok when all are. */
    record Report(Status status, Map<String, Part> components) {
        static Report of(Map<String, Part> parts) {
            boolean allOk = parts.values().stream().allMatch(part -> part.status() == Status.OK);
            return new Report(allOk ? Status.OK : Status.DOWN, parts);
        }
    }

    synchronized Report report() {
        Report known = latest;
        if (known != null && System.nanoTime() - latestAt < KEPT.toNanos()) {
            return known;
        }
        Report fresh = ask();
        latest = fresh;
        latestAt = System.nanoTime();
        return fresh;
    }

    private Report ask() {
        long begin = System.nanoTime();
        Map<String, Future<Long>> asked = new TreeMap<>();
        for (HealthCheck check : checks) {
            asked.put(check.name(), threads.submit(() -> {
                check.check();
                return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            }));
        }
        Map<String, Part> parts = new TreeMap<>();
        asked.forEach((name, answer) -> parts.put(name, part(name, answer, begin)));
        return Report.of(parts);
    }

    private static Part part(String name, Future<Long> answer, long begin) {
        long left = LIMIT.toNanos() - (System.nanoTime() - begin);
        try {
            return new Part(Status.OK, answer.get(Math.max(0, left), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            answer.cancel(true);
            LOG.warn("{} does not answer within {}", name, LIMIT);
        } catch (ExecutionException e) {
            LOG.warn("{} does not work: {}", name, String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Part(Status.DOWN, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
