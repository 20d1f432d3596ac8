package dev.oriel.host;

import dev.oriel.core.host.HostApi;
import dev.oriel.host.http.HostHttp;
import dev.oriel.host.metrics.HostGauges;
import dev.oriel.host.metrics.Metrics;
import dev.oriel.host.sim.SimulatedHost;
import dev.oriel.host.template.RecipeTemplateLibrary;
import dev.oriel.host.vm.QemuHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The VM Manager of one host: a {@link HostApi} behind HTTP. Closing it only detaches: guests run on and the next
 * start adopts them again. (Simulated guests live in this process and end with it.) Thread-safe.
 */
public final class HostServer implements AutoCloseable {
    private final HostHttp http;
    private final Consumer<Duration> stopGuests;
    private final Runnable detach;

    private HostServer(HostHttp http, Consumer<Duration> stopGuests, Runnable detach) {
        this.http = http;
        this.stopGuests = stopGuests;
        this.detach = detach;
    }

    /** Starts what {@code config} asks for; returns when the port answers. */
    public static HostServer start(HostConfig config) {
        if (config.simulated()) {
            return start(
                    config, new SimulatedHost(config.name(), config.sockets(), config.maxVms(), Clock.systemUTC()));
        }
        return startReal(config);
    }

    /** Serves a simulated host that the caller scripts; it ends with the server. */
    public static HostServer start(HostConfig config, SimulatedHost host) {
        return serve(config, host, host::stopGuests, host::close);
    }

    /** The port it really listens on. */
    public int port() {
        return http.port();
    }

    /** Powers all guests down, then forces those that do not within {@code limit}: for the end of {@code up}. */
    public void stopGuests(Duration limit) {
        stopGuests.accept(limit);
    }

    @Override
    public void close() {
        http.close();
        detach.run();
    }

    private static HostServer startReal(HostConfig config) {
        RecipeTemplateLibrary templates = templates(config);
        try {
            QemuHost host = QemuHost.open(config, templates, Clock.systemUTC());
            try {
                return serve(config, host, host::stopGuests, () -> {
                    host.close();
                    templates.close();
                });
            } catch (RuntimeException e) {
                host.close();
                throw e;
            }
        } catch (RuntimeException e) {
            templates.close();
            throw e;
        }
    }

    private static RecipeTemplateLibrary templates(HostConfig config) {
        try {
            return RecipeTemplateLibrary.start(
                    config.recipes(), config.imageCache(), config.data().resolve("vms/base"));
        } catch (IOException e) {
            throw new UncheckedIOException("the templates cannot be read", e);
        }
    }

    private static HostServer serve(HostConfig config, HostApi host, Consumer<Duration> stopGuests, Runnable detach) {
        Metrics metrics = new Metrics();
        HostGauges.register(metrics, host);
        HostHttp http =
                HostHttp.start(host, metrics, config.secret(), config.listen(), config.port(), config.imageLimit());
        return new HostServer(http, stopGuests, detach);
    }
}
