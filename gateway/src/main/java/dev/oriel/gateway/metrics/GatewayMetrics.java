package dev.oriel.gateway.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/** The gateway's counters and their Prometheus text form (version 0.0.4). No label names a user or a VM. Thread-safe. */
public final class GatewayMetrics {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final LongAdder connections = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder bytesToViewers = new LongAdder();
    private final LongAdder bytesToVms = new LongAdder();
    private final Histogram relay = new Histogram();
    private final Histogram admission = new Histogram();
    private final LongAdder revocations = new LongAdder();
    private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);
    private final Map<String, LongAdder> closed = new ConcurrentSkipListMap<>();

    public GatewayMetrics() {
        for (Refusal refusal : Refusal.values()) {
            refused.put(refusal, new LongAdder());
        }
    }

    public void connectionOpened() {
        connections.increment();
    }

    public void connectionClosed() {
        connections.decrement();
    }

    /** TCP connections open now. */
    public long connections() {
        return connections.sum();
    }

    /** From a read from a VM to the moment when the viewer's socket had taken all of it. */
    public void relayed(long nanos) {
        relay.add(nanos);
    }

    /** From a viewer's request to its 101 answer. */
    public void admitted(long nanos) {
        admission.add(nanos);
    }

    public void consoleOpened() {
        opened.increment();
    }

    /** {@code reason} comes from a closed list: an error code's slug, or one of {@code console.Ending}. */
    public void consoleClosed(String reason) {
        closed.computeIfAbsent(reason, key -> new LongAdder()).increment();
    }

    public void refused(Refusal refusal) {
        LongAdder counter = refused.get(refusal);
        if (counter != null) {
            counter.increment();
        }
    }

    public void sentToViewer(long bytes) {
        bytesToViewers.add(bytes);
    }

    public void sentToVm(long bytes) {
        bytesToVms.add(bytes);
    }

    public void revocationHeard() {
        revocations.increment();
    }

    /** The text of {@code GET /metrics}. */
    public String text(IntSupplier openConsoles, boolean redisUp) {
        PrometheusText text = new PrometheusText();
        text.family("oriel_gateway_connections", "gauge", "TCP connections open now.")
                .sample(connections.sum());
        text.family("oriel_gateway_consoles_open", "gauge", "Consoles open now.")
                .sample(openConsoles.getAsInt());
        text.family("oriel_gateway_consoles_opened_total", "counter", "Consoles opened since the start.")
                .sample(opened.sum());
        text.family("oriel_gateway_refusals_total", "counter", "Viewers turned away before the upgrade, by reason.");
        refused.forEach((refusal, count) -> text.sample("reason", refusal.label(), count.sum()));
        text.family("oriel_gateway_consoles_closed_total", "counter", "Consoles closed, by reason.");
        closed.forEach((reason, count) -> text.sample("reason", reason, count.sum()));
        text.family("oriel_gateway_relay_bytes_total", "counter", "RFB bytes relayed, by direction.");
        text.sample("direction", "to_viewer", bytesToViewers.sum());
        text.sample("direction", "to_vm", bytesToVms.sum());
        relay.write(
                text,
                "oriel_gateway_relay_seconds",
                "From a read from a VM to the moment when the viewer's socket had taken all of it.");
        admission.write(text, "oriel_gateway_admission_seconds", "From a viewer's request to its 101 answer.");
        text.family("oriel_gateway_revocations_total", "counter", "Revocations heard from Redis.")
                .sample(revocations.sum());
        text.family("oriel_gateway_redis_up", "gauge", "Whether Redis answers: 1 or 0.")
                .sample(redisUp ? 1 : 0);
        return text.toString();
    }
}
