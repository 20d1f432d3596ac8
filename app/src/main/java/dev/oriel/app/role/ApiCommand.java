package dev.oriel.app.role;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.ApiServer;
import dev.oriel.app.up.RoleName;
import dev.oriel.core.config.Settings;
import picocli.CommandLine.Command;

/** {@code oriel api}. */
@Command(name = "api", description = "Run the API service alone, for production.", mixinStandardHelpOptions = true)
public final class ApiCommand extends RoleCommand {
    public ApiCommand() {
        super(RoleName.API);
    }

    @Override
    Running start(Settings settings) {
        ApiConfig config = ApiConfig.from(settings);
        settings.refuseUnknown();
        ApiServer server = ApiServer.start(config);
        return new Running(server.port(), server::close);
    }
}
