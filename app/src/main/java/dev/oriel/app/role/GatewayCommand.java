package dev.oriel.app.role;

import dev.oriel.app.up.RoleName;
import dev.oriel.core.config.Settings;
import dev.oriel.gateway.GatewayConfig;
import dev.oriel.gateway.GatewayServer;
import picocli.CommandLine.Command;

/** {@code oriel gateway}. */
@Command(
        name = "gateway",
        description = "Run the console gateway of one host, for production.",
        mixinStandardHelpOptions = true)
public final class GatewayCommand extends RoleCommand {
    public GatewayCommand() {
        super(RoleName.GATEWAY);
    }

    @Override
    Running start(Settings settings) {
        GatewayConfig config = GatewayConfig.from(settings);
        settings.refuseUnknown();
        GatewayServer server = GatewayServer.start(config);
        return new Running(server.port(), server::close);
    }
}
