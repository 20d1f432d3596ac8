package dev.oriel.app.up;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the user asked of {@code up}, after defaults.
 *
 * @param home the directory of Oriel itself, with {@code deploy} and the built web assets
 * @param listen address of the front door
 * @param port of HTTPS; 0 takes any free one
 * @param httpPort of the redirect to HTTPS; empty: 8080 when that is free, else none
 * @param publicUrl what browsers will call it; empty: made from the rest
 * @param simulated no QEMU: a simulated host
 * @param split every role as a process of its own
 * @param metrics with Prometheus and node exporter
 */
public record UpOptions(
        Path home,
        Path data,
        String listen,
        int port,
        OptionalInt httpPort,
        Optional<URI> publicUrl,
        boolean simulated,
        boolean split,
        boolean metrics) {}
