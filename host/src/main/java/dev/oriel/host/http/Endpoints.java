package dev.oriel.host.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.host.metrics.Counter;
import dev.oriel.host.metrics.Histogram;
import dev.oriel.host.metrics.Metrics;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;

/** What every route shares: who may call it, how its failures are answered, how it is measured. Thread-safe. */
final class Endpoints {
    private final BearerSecret secret;
    private final Counter requests;
    private final Histogram durations;

    Endpoints(BearerSecret secret, Metrics metrics) {
        this.secret = secret;
        this.requests = metrics.counter(
                "oriel_host_http_requests_total", "Requests answered, by route and status.", "route", "status");
        this.durations = metrics.histogram(
                "oriel_host_http_request_duration_seconds",
                "Time to answer, by route; long polls include their wait.",
                "route");
    }

    /** A handler behind the host's secret; {@code route} names it in metrics. */
    Handler secured(String route, Handler handler) {
        return open(route, (request, response) -> {
            secret.check(request.headers().first(HeaderNames.AUTHORIZATION));
            handler.handle(request, response);
        });
    }

    /** A handler that anybody who reaches the port may call. */
    Handler open(String route, Handler handler) {
        return (request, response) -> {
            long start = System.nanoTime();
            try {
                answer(handler, request, response);
            } finally {
                requests.increment(route, Integer.toString(response.status().code()));
                durations.observe(Duration.ofNanos(System.nanoTime() - start), route);
            }
        };
    }

    /** Refuses every method but those registered before it. */
    static Handler onlyMethods(String allowed) {
        return (_, response) -> {
            response.headers().set(HeaderNames.ALLOW, allowed);
            throw new OrielException(ErrorCode.METHOD_NOT_ALLOWED, "use " + allowed);
        };
    }

    private static void answer(Handler handler, ServerRequest request, ServerResponse response) throws Exception {
        try {
            handler.handle(request, response);
        } catch (Exception e) {
            if (response.isSent()) {
                throw e;
            }
            Problems.send(request, response, Problems.from(e));
        }
    }
}
