package dev.oriel.api.reconcile;

import dev.oriel.core.vm.VmState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** Counts VMs by state, and what the reconciler had to mend. Thread-safe. */
@Component
class DriftMeter {
    private final MeterRegistry metrics;
    private final Map<VmState, AtomicInteger> byState = new EnumMap<>(VmState.class);

    private final Timer passes;

    DriftMeter(MeterRegistry metrics) {
        this.metrics = metrics;
        passes = Timer.builder("oriel.reconcile.pass")
                .description("Time for comparing everything desired with everything observed")
                .register(metrics);
        for (VmState state : VmState.values()) {
            AtomicInteger count = new AtomicInteger();
            byState.put(state, count);
            Gauge.builder("oriel.vms", count, AtomicInteger::get)
                    .description("VMs by state")
                    .tag("state", state.word())
                    .register(metrics);
        }
    }

    /** Times one comparison of everything. */
    void pass(Runnable comparing) {
        passes.record(comparing);
    }

    void count(Map<String, Integer> now) {
        byState.forEach((state, count) -> count.set(now.getOrDefault(state.word(), 0)));
    }

    /** Something was not as it should be: {@code resend}, {@code missing}, {@code host-lost} and so on. */
    void found(String kind) {
        Counter.builder("oriel.reconcile.drift")
                .description("What the reconciler found and mended")
                .tag("kind", kind)
                .register(metrics)
                .increment();
    }
}
