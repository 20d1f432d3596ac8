package dev.oriel.app.front;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What the front door serves.
 *
 * @param listen IP address to listen on
 * @param port of HTTPS
 * @param httpPort redirects to HTTPS; none when it is empty
 * @param publicUrl what browsers call this place, without a trailing slash
 * @param apiPort of the API on loopback
 * @param gateways port on loopback of each host's gateway
 * @param www directory of static assets
 * @param certificate of the server, with its chain
 * @param metricsToken who sends it as bearer token may read {@code /api/metrics}
 */
public record Site(
        String listen,
        int port,
        OptionalInt httpPort,
        URI publicUrl,
        int apiPort,
        Map<String, Integer> gateways,
        Path www,
        Path certificate,
        Path key,
        String metricsToken,
        Limits limits) {
    public Site {
        gateways = Map.copyOf(gateways);
    }

    /** Requests and console opens per second and address, and the largest upload in bytes. */
    public record Limits(
            int requestsPerSecond, int requestBurst, int consolesPerSecond, int consoleBurst, long uploadBytes) {}

    @Override
    public String toString() {
        return "Site[" + publicUrl + "]";
    }
}
