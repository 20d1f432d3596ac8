package dev.oriel.api.ops;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Keeps {@code /metrics} to what somebody watches, named as {@code promtool check metrics} wants it: help for each, no
 * abbreviated units; and buckets for how long requests take.
 */
@Configuration(proxyBeanMethods = false)
class MetricNames {
    private static final String REQUESTS = "http.server.requests";

    /** Names that promtool objects to, or that repeat what other metrics say. */
    private static final Set<String> DROPPED =
            Set.of("http.server.requests.active", "jvm.compilation.time", "process.cpu.time", "system.cpu.count");

    private static final Set<String> DROPPED_FAMILIES =
            Set.of("tomcat.sessions", "lettuce", "tasks.scheduled", "spring.");

    private static final Map<String, String> HELP = Map.of(
            REQUESTS,
            "HTTP requests by route, method and status",
            "oriel.queue.depth",
            "Lifecycle entries waiting in the queue");

    private static final double[] BUCKETS_MILLIS = {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000};

    @Bean
    MeterFilter watchedMetrics() {
        return new MeterFilter() {
            @Override
            public MeterFilterReply accept(Meter.Id id) {
                boolean dropped = DROPPED.contains(id.getName())
                        || DROPPED_FAMILIES.stream().anyMatch(id.getName()::startsWith);
                return dropped ? MeterFilterReply.DENY : MeterFilterReply.NEUTRAL;
            }

            @Override
            public Meter.Id map(Meter.Id id) {
                String help = HELP.get(id.getName());
                boolean lacks = help != null && id.getDescription() == null;
                return lacks
                        ? new Meter.Id(
                                id.getName(), Tags.of(id.getTagsAsIterable()), id.getBaseUnit(), help, id.getType())
                        : id;
            }

            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                if (!id.getName().equals(REQUESTS)) {
                    return config;
                }
                double[] nanos = DoubleStream.of(BUCKETS_MILLIS)
                        .map(millis -> millis * Duration.ofMillis(1).toNanos())
                        .toArray();
                return DistributionStatisticConfig.builder()
                        .serviceLevelObjectives(nanos)
                        .build()
                        .merge(config);
            }
        };
    }
}
