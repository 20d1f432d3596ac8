package dev.oriel.app.up;

import dev.oriel.app.child.Children;
import dev.oriel.app.child.Interruption;
import dev.oriel.app.config.SettingsFiles;
import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.SetupException;
import dev.oriel.app.tls.ServerNames;
import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything on one machine in the foreground: starts Postgres, Redis, Nginx and the three roles side by side, tells
 * when all are ready, and ends them all when asked to, whatever stage the start has reached.
 */
final class Up {
    private static final Logger LOG = LoggerFactory.getLogger(Up.class);
    private static final Duration READY_LIMIT = Duration.ofMinutes(2);
    private static final Duration ORPHAN_GRACE = Duration.ofSeconds(8);
    /** With what follows it, the promised 20 s from Ctrl-C to the end. */
    private static final Duration GUEST_LIMIT = Duration.ofSeconds(12);

    private final UpOptions options;
    private final Progress progress;
    private final Stay stay;
    private final long began = System.nanoTime();
    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private volatile @Nullable ParallelSteps starting;

    /** {@code stay} is what happens once all is ready: the whole ends when it returns. */
    Up(UpOptions options, Progress progress, Stay stay) {
        this.options = options;
        this.progress = progress;
        this.stay = stay;
    }

    /** Uses what is ready. */
    @FunctionalInterface
    interface Stay {
        void until(CountDownLatch stopRequested, Ready ready) throws Exception;
    }

    /** What is there when all is ready. */
    record Ready(Wiring wiring, DataDirectory data, Children children, Progress progress) {}

    /** Asks it to end; {@link #run()} then returns soon. */
    void requestStop() {
        stopRequested.countDown();
        @Nullable ParallelSteps steps = starting;
        if (steps != null) {
            steps.cancel();
        }
    }

    /**
     * Runs until asked to stop.
     *
     * @return the exit code: 0 when it was asked to stop, 1 when it could not start
     */
    int run() {
        try {
            int status = runToEnd();
            return isStopping() ? 0 : status;
        } catch (RuntimeException e) {
            if (!isStopping()) {
                throw e;
            }
            // A start that is cut short fails somewhere: that is no failure of Oriel's.
            LOG.info("the start was cut short", e);
            return 0;
        }
    }

    private boolean isStopping() {
        return stopRequested.getCount() == 0;
    }

    private int runToEnd() {
        try (DataDirectory data = DataDirectory.open(options.data());
                Children children = new Children(data.resolve("run/child"))) {
            return prepareAndServe(data, children);
        } catch (SetupException e) {
            return refuse(String.valueOf(e.getMessage()), e.cure());
        } catch (ConfigException e) {
            return refuse(String.valueOf(e.getMessage()), "mend the setting and start again");
        } catch (Interruption e) {
            return 0;
        }
    }

    private int prepareAndServe(DataDirectory data, Children children) {
        boolean root = System.getProperty("user.name").equals("root");
        if (root) {
            data.requirePassable();
        }
        List<String> orphans = children.endOrphans(ORPHAN_GRACE);
        if (!orphans.isEmpty()) {
            progress.say("  ended what an earlier start left running: " + String.join(", ", orphans));
        }
        Map<String, String> environment = SettingsFiles.environment(System.getenv());
        Map<String, String> file = settingsFile(data);
        Wiring wiring = Wiring.plan(options, data, new Settings(file, environment), root);
        Map<String, String> all = new LinkedHashMap<>(wiring.settings());
        all.putAll(file);
        Settings settings = new Settings(all, environment);
        InProcessRoles inProcess = new InProcessRoles(settings);
        settings.refuseUnknown();
        Roles roles = options.split() ? new ProcessRoles(data, children, all, environment) : inProcess;
        return serve(data, children, wiring, roles);
    }

    private int serve(DataDirectory data, Children children, Wiring wiring, Roles roles) {
        try {
            startAll(data, children, wiring, roles);
            announce(data, wiring);
            stay.until(stopRequested, new Ready(wiring, data, children, progress));
            return 0;
        } catch (Interruption e) {
            return 0;
        } catch (Exception e) {
            return refuse(Reason.of(e), "the logs in " + data.resolve("logs") + " say more");
        } finally {
            progress.say("Stopping …");
            LOG.info("stopping");
            roles.stop(progress, GUEST_LIMIT);
            children.close();
            wiring.leaveSockets();
            progress.say("Oriel has stopped.");
        }
    }

    private void startAll(DataDirectory data, Children children, Wiring wiring, Roles roles) throws Exception {
        ParallelSteps steps = new ParallelSteps(progress);
        starting = steps;
        if (stopRequested.getCount() == 0) {
            throw new Interruption();
        }
        ParallelSteps.Step postgres =
                steps.add("PostgreSQL", () -> wiring.postgres().start(children));
        ParallelSteps.Step redis = steps.add("Redis", () -> wiring.redis().start(children));
        steps.add("front door (Nginx)", () -> {
            StaticAssets.publish(options.home().resolve("app/target/web"), data.resolve("www"));
            wiring.certificates().ensure(ServerNames.of(options.listen(), wiring.publicUrl()));
            return wiring.front().start(children);
        });
        steps.add(RoleName.HOST.title(), () -> {
            wiring.prepareSockets();
            return start(roles, RoleName.HOST, wiring);
        });
        steps.add(RoleName.GATEWAY.title(), () -> start(roles, RoleName.GATEWAY, wiring), redis);
        steps.add(RoleName.API.title(), () -> start(roles, RoleName.API, wiring), postgres, redis);
        wiring.monitoring().ifPresent(monitoring -> steps.add("Prometheus", () -> monitoring.start(children)));
        steps.await();
        steps.add("ready through the front door", () -> awaitFront(wiring));
        steps.await();
    }

    private static boolean start(Roles roles, RoleName role, Wiring wiring) throws Exception {
        roles.start(role);
        Readiness.await(role.title(), loopback(wiring.port(role.word()), "/readyz"), READY_LIMIT);
        return true;
    }

    private static boolean awaitFront(Wiring wiring) {
        String host = wiring.front().address().getHostString();
        URI address = URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + wiring.front().address().getPort() + "/readyz");
        Readiness.awaitSecure("front door", address, wiring.certificates().ca(), READY_LIMIT);
        return true;
    }

    private static URI loopback(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private void announce(DataDirectory data, Wiring wiring) {
        progress.say(String.format(
                Locale.ROOT, "Oriel is ready: %s   (%.1f s)", wiring.publicUrl(), (System.nanoTime() - began) / 1e9));
        if (wiring.newPassword()) {
            progress.say("  administrator: user admin, password in " + data.resolve("admin-password"));
        }
        wiring.monitoring().ifPresent(monitoring -> progress.say("  Prometheus: " + monitoring.url()));
        LOG.info("ready: {}", wiring.publicUrl());
    }

    private static Map<String, String> settingsFile(DataDirectory data) {
        Path file = data.resolve("oriel.yaml");
        return Files.exists(file) ? SettingsFiles.yaml(file) : Map.of();
    }

    private int refuse(String problem, String cure) {
        progress.say("✗ " + problem);
        progress.say("  → " + cure);
        return 1;
    }
}
