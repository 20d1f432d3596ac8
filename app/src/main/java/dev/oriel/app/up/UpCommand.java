package dev.oriel.app.up;

import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.SetupException;
import dev.oriel.app.log.JsonLog;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code oriel up}. */
@Command(
        name = "up",
        description = "Run everything on this machine, in the foreground. Ctrl-C stops it, guests included.",
        mixinStandardHelpOptions = true)
public final class UpCommand implements Callable<Integer> {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(40);

    private static final int HIGHEST_PORT = 65_535;

    @Option(names = "--data", paramLabel = "DIR", description = "Where data is kept. As root: /var/lib/oriel.")
    private @Nullable Path data;

    @Option(names = "--port", paramLabel = "N", description = "Port of HTTPS (default ${DEFAULT-VALUE}; 0: any free).")
    private int port = 8443;

    @Option(
            names = "--http-port",
            paramLabel = "N",
            description = "Port that redirects to HTTPS (default: 8080 when it is free; 0: any free).")
    private @Nullable Integer httpPort;

    @Option(
            names = "--listen",
            paramLabel = "ADDR",
            description = "Address to listen on (default ${DEFAULT-VALUE}; 0.0.0.0: all).")
    private String listen = "127.0.0.1";

    @Option(
            names = "--public-url",
            paramLabel = "URL",
            description = "What browsers will call it (default: made from address and port).")
    private @Nullable URI publicUrl;

    @Option(names = "--host", paramLabel = "sim", description = "sim: a simulated host instead of QEMU.")
    private @Nullable String host;

    @Option(names = "--split", description = "Run each role as a process of its own.")
    private boolean split;

    @Option(names = "--metrics", description = "Also run Prometheus and node exporter on loopback.")
    private boolean metrics;

    @Override
    public Integer call() {
        if (host != null && !host.equals("sim")) {
            System.err.println("--host can only be sim");
            return 2;
        }
        if (data != null && data.toString().isBlank()) {
            System.err.println("--data is empty: name a directory, or leave it out");
            return 2;
        }
        if (!isPort(port) || (httpPort != null && !isPort(httpPort))) {
            System.err.println("a port is a number from 0 to " + HIGHEST_PORT);
            return 2;
        }
        if (httpPort != null && httpPort == port && port != 0) {
            System.err.println("--port and --http-port must differ");
            return 2;
        }
        Path home =
                Path.of(System.getProperty("oriel.home", ".")).toAbsolutePath().normalize();
        Path directory = (data == null
                        ? DataDirectory.standard(
                                System.getProperty("user.name"), Path.of(System.getProperty("user.home")))
                        : data)
                .toAbsolutePath()
                .normalize();
        try {
            DataDirectory.prepare(directory);
        } catch (SetupException e) {
            System.out.println("✗ " + e.getMessage() + "\n  → " + e.cure());
            return 1;
        }
        System.setProperty(
                JsonLog.FILE_PROPERTY, directory.resolve("logs/oriel.log").toString());
        UpOptions options = new UpOptions(
                home,
                directory,
                listen,
                port,
                httpPort == null ? OptionalInt.empty() : OptionalInt.of(httpPort),
                Optional.ofNullable(publicUrl).map(UpCommand::withoutSlash),
                host != null,
                split,
                metrics);
        return runUntilSignal(options);
    }

    private static boolean isPort(int number) {
        return number >= 0 && number <= HIGHEST_PORT;
    }

    private static URI withoutSlash(URI url) {
        String text = url.toString();
        return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : url;
    }

    /** A signal runs the hook: it asks for the end, waits for it, and makes the exit code what it should be. */
    private static int runUntilSignal(UpOptions options) {
        Progress progress = new Progress(System.out, Boolean.getBoolean("oriel.terminal"));
        Up up = new Up(options, progress, new Serving());
        CountDownLatch ended = new CountDownLatch(1);
        AtomicInteger status = new AtomicInteger(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endBySignal(up, ended, status), "stop"));
        try {
            status.set(up.run());
        } finally {
            progress.close();
            ended.countDown();
        }
        return status.get();
    }

    private static void endBySignal(Up up, CountDownLatch ended, AtomicInteger status) {
        up.requestStop();
        awaitEnd(ended);
        Runtime.getRuntime().halt(status.get());
    }

    private static void awaitEnd(CountDownLatch ended) {
        try {
            if (!ended.await(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("Oriel did not stop in time; what is left is ended at the next start.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
