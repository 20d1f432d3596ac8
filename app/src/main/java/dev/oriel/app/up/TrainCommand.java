package dev.oriel.app.up;

import dev.oriel.app.child.Signal;
import dev.oriel.app.log.JsonLog;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code oriel train}: a start like any other, on a simulated host and data of its own, a few requests, and an orderly
 * end, for the JVM to learn from.
 */
@Command(name = "train", hidden = true, description = "A run for the start-up cache to learn from.")
public final class TrainCommand implements Callable<Integer> {
    private static final List<String> PAGES = List.of("/pages/login", "/pages/register", "/vm/templates", "/metrics");
    private static final String ACCOUNT = "{\"username\":\"trainee\",\"password\":\"learning by doing\"}";
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final int LIMIT_MILLIS = 10_000;

    @Option(names = "--data", required = true, description = "A directory that may be thrown away.")
    private @Nullable Path data;

    @Override
    public Integer call() {
        Path place = java.util.Objects.requireNonNull(data).toAbsolutePath().normalize();
        System.setProperty(
                JsonLog.FILE_PROPERTY, place.resolve("logs/oriel.log").toString());
        UpOptions options = new UpOptions(
                Path.of(System.getProperty("oriel.home", ".")).toAbsolutePath().normalize(),
                place,
                "127.0.0.1",
                0,
                OptionalInt.of(0),
                Optional.empty(),
                true,
                false,
                false);
        Progress progress = new Progress(System.out, false);
        Up up = new Up(options, progress, TrainCommand::visit);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endBySignal(up, ended), "stop"));
        try {
            return up.run();
        } finally {
            progress.close();
            ended.countDown();
        }
    }

    /** At its normal end the JVM writes down what it learned, which takes long: not when somebody wants to stop. */
    private static void endBySignal(Up up, CountDownLatch ended) {
        if (ended.getCount() == 0) {
            return;
        }
        up.requestStop();
        try {
            if (!ended.await(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("the training did not stop in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Signal.KILL.sendTo(ProcessHandle.current().pid());
    }

    private static void visit(CountDownLatch stopRequested, Up.Ready ready) {
        String api = "http://127.0.0.1:" + ready.wiring().port("api");
        for (String page : PAGES) {
            request(api + page, "");
        }
        request(api + "/auth/register", ACCOUNT);
        request(api + "/auth/login", ACCOUNT);
    }

    /** The answer does not matter: the work to make it does. */
    private static void request(String address, String body) {
        Logger log = LoggerFactory.getLogger(TrainCommand.class);
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(address).toURL().openConnection();
            connection.setConnectTimeout(LIMIT_MILLIS);
            connection.setReadTimeout(LIMIT_MILLIS);
            connection.setRequestProperty("Accept", "application/json, text/html");
            if (!body.isEmpty()) {
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", "application/json");
                connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            }
            log.info("{} answered {}", address, connection.getResponseCode());
        } catch (IOException e) {
            log.warn("{} did not answer", address, e);
        }
    }
}
