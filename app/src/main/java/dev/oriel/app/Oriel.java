package dev.oriel.app;

import dev.oriel.app.role.ApiCommand;
import dev.oriel.app.role.GatewayCommand;
import dev.oriel.app.role.HostCommand;
import dev.oriel.app.up.UpCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The one program: everything that {@code ./oriel} does in Java. */
@Command(
        name = "oriel",
        description = "Real virtual machines in the browser.",
        mixinStandardHelpOptions = true,
        subcommands = {UpCommand.class, ApiCommand.class, GatewayCommand.class, HostCommand.class})
public final class Oriel {
    private Oriel() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Oriel()).execute(arguments));
    }
}
