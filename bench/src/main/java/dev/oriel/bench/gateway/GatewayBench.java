package dev.oriel.bench.gateway;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./oriel bench gateway}: all bridges in one run, interleaved, so that what disturbs one disturbs all. */
@Command(
        name = "gateway",
        description = "The console gateway beside websockify, haproxy and a small C proxy.",
        mixinStandardHelpOptions = true)
public final class GatewayBench implements Callable<Integer> {
    private static final int MANY = 64;
    private static final double KB = 1000;
    private static final int WEBSOCKIFY_IDLE = 40;
    private static final int CALM_CONSOLES = 400;
    private static final int CALM_SECONDS = 5;
    private static final Duration SHORT_WARM_UP = Duration.ofMillis(300);

    @Option(names = "--rounds", description = "How often each is measured (default ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--seconds", description = "How long each measurement takes (default ${DEFAULT-VALUE}).")
    private double seconds = 2;

    @Option(names = "--idle", description = "Idle connections to hold (default ${DEFAULT-VALUE}; 0: none).")
    private int idle = 9000;

    @Option(names = "--warm-up", description = "Seconds of each workload before, for a JVM (default ${DEFAULT-VALUE}).")
    private int warmUpSeconds = 8;

    @Option(
            names = "--stuck",
            description = "Seconds to hold stuck readers for (default ${DEFAULT-VALUE}; 0: none; a slope needs 300).")
    private int stuckSeconds = 30;

    @Option(
            names = "--paths",
            description = "Ways of moving bytes on the JVM beside the gateway, instead of other bridges.")
    private boolean paths;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "WORKLOAD",
            description = "Only these: ${COMPLETION-CANDIDATES}; the calm consoles are left out then.")
    private List<Workload> only = List.of();

    @Option(names = "--bridges", split = ",", paramLabel = "NAME", description = "Only bridges of these names.")
    private List<String> names = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all numbers there, too.")
    private @Nullable Path json;

    private final Map<String, Map<Metric, List<Double>>> results = new LinkedHashMap<>();
    private final Random order = new Random();

    @Override
    public Integer call() throws IOException {
        Path home = Path.of(System.getProperty("oriel.home", ".")).toAbsolutePath();
        try (Lineup lineup = Lineup.start(home, paths)) {
            lineup.missing().forEach(name -> System.out.println("not here, left out: " + name));
            Workload.Sizes sizes = new Workload.Sizes(Duration.ofMillis(Math.round(seconds * 1000)), MANY);
            List<Bridge> bridges = lineup.bridges().stream()
                    .filter(bridge -> names.isEmpty() || names.contains(bridge.name()))
                    .toList();
            warmUp(bridges);
            for (int round = 1; round <= rounds; round++) {
                measureAll(bridges, sizes);
                System.out.println("round " + round + " of " + rounds);
            }
            if (idle > 0) {
                measureIdle(bridges);
            }
            for (Bridge bridge : bridges) {
                if (bridge.name().equals(Lineup.GATEWAY)) {
                    measureCrowds(bridge);
                }
            }
        }
        Report report = new Report(results);
        System.out.println(report.text());
        if (json != null) {
            Files.writeString(json, OrielJson.mapper().writeValueAsString(report.json()));
        }
        return 0;
    }

    private void measureCrowds(Bridge gateway) throws IOException {
        if (only.isEmpty()) {
            keep(gateway, Workload.calm(gateway, CALM_CONSOLES, Duration.ofSeconds(CALM_SECONDS)));
        }
        if (stuckSeconds > 0) {
            keep(gateway, StuckReaders.measure(gateway, Duration.ofSeconds(stuckSeconds)));
        }
    }

    /** Servers run for days: what a JVM compiles in its first seconds is no part of what a byte costs. */
    private void warmUp(List<Bridge> bridges) throws IOException {
        for (Workload workload : workloads()) {
            for (Bridge bridge : suited(bridges, workload)) {
                boolean own = isJvm(bridge);
                workload.run(bridge, new Workload.Sizes(own ? Duration.ofSeconds(warmUpSeconds) : SHORT_WARM_UP, MANY));
            }
        }
    }

    private List<Workload> workloads() {
        return only.isEmpty() ? List.of(Workload.values()) : only;
    }

    private static boolean isJvm(Bridge bridge) {
        return bridge.name().contains(Lineup.GATEWAY) || bridge.name().startsWith(Lineup.PATH);
    }

    private void measureAll(List<Bridge> all, Workload.Sizes sizes) throws IOException {
        for (Workload workload : workloads()) {
            List<Bridge> bridges = new ArrayList<>(suited(all, workload));
            Collections.shuffle(bridges, order);
            for (Bridge bridge : bridges) {
                keep(bridge, workload.run(bridge, sizes));
            }
        }
    }

    /** TLS costs the swarm so much that only the streams say something about the bridge. */
    private static List<Bridge> suited(List<Bridge> bridges, Workload workload) {
        return bridges.stream()
                .filter(bridge -> bridge.tls().isEmpty() || workload == Workload.STREAMS)
                .toList();
    }

    private void keep(Bridge bridge, Map<Metric, Double> values) {
        values.forEach((metric, value) -> results.computeIfAbsent(bridge.name(), name -> new EnumMap<>(Metric.class))
                .computeIfAbsent(metric, name -> new ArrayList<>())
                .add(value));
    }

    /** Once for each, at the end: what a connection leaves behind in an allocator would spoil the next one. */
    private void measureIdle(List<Bridge> bridges) throws IOException {
        for (Bridge bridge : bridges) {
            if (bridge.tls().isEmpty() && !bridge.measured().isEmpty()) {
                int count = bridge.name().equals(Lineup.WEBSOCKIFY) ? WEBSOCKIFY_IDLE : idle;
                keep(bridge, Map.of(Metric.IDLE_MEMORY, idleBytes(bridge, count) / KB));
            }
        }
    }

    private static double idleBytes(Bridge bridge, int count) throws IOException {
        List<Viewer> viewers = new ArrayList<>();
        try {
            collect(bridge);
            long before = Meter.memory(bridge.measured());
            for (int i = 0; i < count; i++) {
                viewers.add(Viewer.open(bridge));
            }
            collect(bridge);
            return (Meter.memory(bridge.measured()) - before) / (double) count;
        } finally {
            for (Viewer viewer : viewers) {
                viewer.close();
            }
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        }
    }

    /** A JVM gives back what its handshakes left: a full collection, before and after. */
    private static void collect(Bridge bridge) throws IOException {
        if (!isJvm(bridge)) {
            return;
        }
        Path jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd");
        for (ProcessHandle process : bridge.measured()) {
            Process collecting = new ProcessBuilder(jcmd.toString(), Long.toString(process.pid()), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                collecting.waitFor(20, java.util.concurrent.TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }
}
