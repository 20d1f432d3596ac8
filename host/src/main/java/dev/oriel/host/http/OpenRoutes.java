package dev.oriel.host.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.json.OrielJson;
import dev.oriel.host.metrics.Metrics;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Map;

/** Health and metrics: no secret needed, nothing told that belongs to anybody. */
final class OpenRoutes {
    private static final Duration READY_LIMIT = Duration.ofSeconds(2);
    private static final Duration SCRAPE_LIMIT = Duration.ofSeconds(5);

    private final HostApi host;
    private final Deadline deadline;
    private final Metrics metrics;

    OpenRoutes(HostApi host, Deadline deadline, Metrics metrics) {
        this.host = host;
        this.deadline = deadline;
        this.metrics = metrics;
    }

    void register(HttpRules rules, Endpoints endpoints) {
        rules.get("/healthz", endpoints.open("healthz", OpenRoutes::healthz))
                .get("/readyz", endpoints.open("readyz", this::readyz))
                .get("/metrics", endpoints.open("metrics", this::metrics))
                .any("/healthz", endpoints.open("healthz", Endpoints.onlyMethods("GET")))
                .any("/readyz", endpoints.open("readyz", Endpoints.onlyMethods("GET")))
                .any("/metrics", endpoints.open("metrics", Endpoints.onlyMethods("GET")))
                .any(endpoints.open("unknown", (_, _) -> {
                    throw new OrielException(ErrorCode.NOT_FOUND, "there is nothing at this path");
                }));
    }

    private static void healthz(ServerRequest request, ServerResponse response) {
        json(response, 200, Map.of("status", "up"));
    }

    private void readyz(ServerRequest request, ServerResponse response) throws InterruptedException {
        try {
            deadline.within(READY_LIMIT, host::info);
            readiness(response, 200, Map.of("status", "up"));
        } catch (OrielException e) {
            readiness(response, 503, Map.of("status", "down", "error", String.valueOf(e.getMessage())));
        }
    }

    private static void readiness(ServerResponse response, int status, Map<String, String> host) {
        String word = status == 200 ? "up" : "down";
        json(response, status, Map.of("status", word, "components", Map.of("host", host)));
    }

    private void metrics(ServerRequest request, ServerResponse response) throws InterruptedException {
        String text = deadline.within(SCRAPE_LIMIT, metrics::render);
        response.headers().set(HeaderNames.CONTENT_TYPE, Metrics.CONTENT_TYPE);
        response.send(text);
    }

    private static void json(ServerResponse response, int status, Object body) {
        response.status(Status.create(status));
        response.headers().set(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(OrielJson.mapper().writeValueAsBytes(body));
    }
}
