package dev.oriel.app.up;

import dev.oriel.app.child.Child;
import dev.oriel.app.child.ChildSpec;
import dev.oriel.app.child.Children;
import dev.oriel.app.child.Signal;
import dev.oriel.app.config.SettingsFiles;
import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.SecretStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Each role as a supervised JVM of its own, as in production; its settings are a private file in {@code run}. */
final class ProcessRoles implements Roles {
    private static final Duration GUEST_GRACE = Duration.ofSeconds(18);
    private static final Duration GRACE = Duration.ofSeconds(6);
    /** As in the script `oriel`: about 2.5 KB of heap per console, and what slow readers wait for outside of it. */
    private static final List<String> GATEWAY_FLAGS = List.of(
            "-Xmx256m", "-Xmn24m", "-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=15", "-XX:MaxDirectMemorySize=1g");

    private final DataDirectory data;
    private final Children children;
    private final Map<String, String> settings;
    private final Map<String, String> environment;
    private final Map<RoleName, Child> running = new EnumMap<>(RoleName.class);

    ProcessRoles(DataDirectory data, Children children, Map<String, String> settings, Map<String, String> environment) {
        this.data = data;
        this.children = children;
        this.settings = Map.copyOf(settings);
        this.environment = Map.copyOf(environment);
    }

    @Override
    public void start(RoleName role) {
        Path file = data.resolve("run/" + role.word() + ".yaml");
        SecretStore.writePrivate(file, SettingsFiles.toYaml(RoleSettings.of(role, settings)));
        Duration grace = role == RoleName.HOST ? GUEST_GRACE : GRACE;
        Child child = children.supervise(new ChildSpec(
                role.word(),
                command(role, file),
                RoleSettings.of(role, environment),
                data.log(role.word()),
                Signal.TERM,
                grace));
        synchronized (running) {
            running.put(role, child);
        }
    }

    /** The role's word comes last: whoever lists processes sees at once which is which. */
    private List<String> command(RoleName role, Path file) {
        List<String> command = OwnJvm.command();
        command.add("-Doriel.config=" + file);
        command.add("-Doriel.log.file=" + data.log(role.word() + "-events"));
        if (role == RoleName.HOST) {
            command.add("-Doriel.stop-guests=true");
        }
        if (role == RoleName.GATEWAY) {
            command.addAll(GATEWAY_FLAGS);
        }
        command.addAll(OwnJvm.main());
        command.add(role.word());
        return command;
    }

    @Override
    public void stop(Progress progress, Duration guestLimit) {
        stop(RoleName.API);
        if (isRunning(RoleName.HOST)) {
            Bounded.step(progress, "guests powered down", GUEST_GRACE.plusSeconds(2), () -> stop(RoleName.HOST));
        }
        stop(RoleName.GATEWAY);
    }

    private void stop(RoleName role) {
        @Nullable Child child;
        synchronized (running) {
            child = running.remove(role);
        }
        if (child != null) {
            child.stop();
        }
    }

    private boolean isRunning(RoleName role) {
        synchronized (running) {
            return running.containsKey(role);
        }
    }
}
