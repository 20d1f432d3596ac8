package dev.oriel.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code oriel logout}. */
@Command(
        name = "logout",
        description = "End the API token that `oriel login` made, and forget it.",
        mixinStandardHelpOptions = true)
public final class LogoutCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Override
    public Integer call() {
        server.connect().logout();
        System.out.println("Signed out.");
        return 0;
    }
}
