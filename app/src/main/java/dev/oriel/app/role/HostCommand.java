package dev.oriel.app.role;

import dev.oriel.app.up.RoleName;
import dev.oriel.core.config.Settings;
import dev.oriel.host.HostConfig;
import dev.oriel.host.HostServer;
import java.time.Duration;
import picocli.CommandLine.Command;

/** {@code oriel host}: guests outlive it, unless {@code up --split} started it and ends it. */
@Command(
        name = "host",
        description = "Run the VM Manager of this machine, for production. Guests outlive it.",
        mixinStandardHelpOptions = true)
public final class HostCommand extends RoleCommand {
    private static final Duration GUEST_LIMIT = Duration.ofSeconds(12);

    public HostCommand() {
        super(RoleName.HOST);
    }

    @Override
    Running start(Settings settings) {
        HostConfig config = HostConfig.from(settings);
        settings.refuseUnknown();
        HostServer server = HostServer.start(config);
        return new Running(server.port(), () -> stop(server));
    }

    private static void stop(HostServer server) {
        if (Boolean.getBoolean("oriel.stop-guests")) {
            server.stopGuests(GUEST_LIMIT);
        }
        server.close();
    }
}
