package dev.oriel.api.ops;

import dev.oriel.api.http.Public;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** For whoever runs Oriel: is it alive, is it ready, how does it do. */
@RestController
@Public(rateLimited = false)
class OpsResource {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final Readiness readiness;
    private final PrometheusMeterRegistry metrics;

    OpsResource(Readiness readiness, PrometheusMeterRegistry metrics) {
        this.readiness = readiness;
        this.metrics = metrics;
    }

    /** The process serves requests; says nothing about what it needs for them. */
    @GetMapping("/healthz")
    Map<String, String> alive() {
        return Map.of("status", "ok");
    }

    /** 200 when every part answers, else 503; by part in both. */
    @GetMapping("/readyz")
    ResponseEntity<Readiness.Report> ready() {
        Readiness.Report report = readiness.report();
        return ResponseEntity.status(report.status() == Readiness.Status.OK ? 200 : 503)
                .body(report);
    }

    /** Prometheus's text format, or OpenMetrics when asked for. The front door keeps strangers away from it. */
    @Hidden
    @GetMapping("/metrics")
    ResponseEntity<byte[]> metrics(
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        boolean open = accept != null && accept.contains("application/openmetrics-text");
        String type = open ? OPEN_METRICS : PROMETHEUS_TEXT;
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, type)
                .body(metrics.scrape(type).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
