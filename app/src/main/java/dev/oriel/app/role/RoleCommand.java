package dev.oriel.app.role;

import dev.oriel.app.config.SettingsFiles;
import dev.oriel.app.up.RoleName;
import dev.oriel.app.up.RoleSettings;
import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * One role as a process of its own: settings from a file and {@code ORIEL_*} variables, until SIGTERM. The file is
 * {@code --config}, else {@code /etc/oriel/oriel.yaml} when that is there.
 */
abstract class RoleCommand implements java.util.concurrent.Callable<Integer> {
    private static final Path SYSTEM_FILE = Path.of("/etc/oriel/oriel.yaml");

    private final RoleName role;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings (default: /etc/oriel/oriel.yaml).")
    private @Nullable Path config;

    RoleCommand(RoleName role) {
        this.role = role;
    }

    abstract Running start(Settings settings);

    /** A role that serves on {@code port} until {@code stop} is run. */
    record Running(int port, Runnable stop) {}

    @Override
    public Integer call() throws InterruptedException {
        CountDownLatch stopRequested = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stopRequested.countDown();
                            await(ended);
                            // Being asked to stop is no failure.
                            Runtime.getRuntime().halt(0);
                        },
                        "stop"));
        try {
            Settings settings = settings();
            Running running = start(settings);
            System.out.println("oriel " + role.word() + " serves on port " + running.port());
            stopRequested.await();
            running.stop().run();
            return 0;
        } catch (ConfigException e) {
            System.err.println("oriel " + role.word() + ": " + e.getMessage());
            return 1;
        } finally {
            ended.countDown();
        }
    }

    private Settings settings() {
        Map<String, String> all = Map.of();
        @Nullable String given = System.getProperty("oriel.config");
        if (config != null) {
            all = SettingsFiles.yaml(config);
        } else if (given != null) {
            all = SettingsFiles.yaml(Path.of(given));
        } else if (Files.exists(SYSTEM_FILE)) {
            all = SettingsFiles.yaml(SYSTEM_FILE);
        }
        return new Settings(
                RoleSettings.of(role, all), RoleSettings.of(role, SettingsFiles.environment(System.getenv())));
    }

    private static void await(CountDownLatch ended) {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
