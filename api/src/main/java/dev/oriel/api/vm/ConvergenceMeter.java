package dev.oriel.api.vm;

import dev.oriel.core.vm.VmId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** Measures how long wishes made through this process take until a host has settled them. */
@Component
class ConvergenceMeter implements VmListener {
    /** Beyond these, new wishes are not measured. */
    private static final int MAX_OPEN = 10_000;

    private static final long[] BUCKETS_MILLIS = {10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000};

    private record Open(long generation, long nanos) {}

    private final Map<VmId, Open> open = new ConcurrentHashMap<>();
    private final Timer timer;

    ConvergenceMeter(MeterRegistry metrics) {
        timer = Timer.builder("oriel.vm.convergence")
                .description("Time from a wish to its being settled")
                .serviceLevelObjectives(Arrays.stream(BUCKETS_MILLIS)
                        .mapToObj(Duration::ofMillis)
                        .toArray(Duration[]::new))
                .register(metrics);
    }

    @Override
    public void heard(Vm now) {
        if (!now.settled()) {
            Open known = open.get(now.id());
            boolean fresh = known == null || known.generation() < now.generation();
            if (fresh && (known != null || open.size() < MAX_OPEN)) {
                open.put(now.id(), new Open(now.generation(), System.nanoTime()));
            }
            return;
        }
        Optional.ofNullable(open.remove(now.id()))
                .filter(wish -> wish.generation() == now.generation())
                .ifPresent(wish -> timer.record(Duration.ofNanos(System.nanoTime() - wish.nanos())));
    }
}
