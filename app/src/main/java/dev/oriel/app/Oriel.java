package dev.oriel.app;

import dev.oriel.app.cli.FailureReport;
import dev.oriel.app.cli.FileCommands;
import dev.oriel.app.cli.ImageCommands;
import dev.oriel.app.cli.LoginCommand;
import dev.oriel.app.cli.LogoutCommand;
import dev.oriel.app.cli.TeamCommands;
import dev.oriel.app.cli.TemplateCommands;
import dev.oriel.app.cli.UsageCommand;
import dev.oriel.app.cli.UserCommands;
import dev.oriel.app.cli.VmCommands;
import dev.oriel.app.doctor.DoctorCommand;
import dev.oriel.app.role.ApiCommand;
import dev.oriel.app.role.GatewayCommand;
import dev.oriel.app.role.HostCommand;
import dev.oriel.app.up.TrainCommand;
import dev.oriel.app.up.UpCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The one program: everything that {@code ./oriel} does in Java. */
@Command(
        name = "oriel",
        description = "Real virtual machines in the browser.",
        mixinStandardHelpOptions = true,
        subcommands = {
            UpCommand.class,
            DoctorCommand.class,
            LoginCommand.class,
            LogoutCommand.class,
            VmCommands.class,
            TemplateCommands.class,
            FileCommands.class,
            UserCommands.class,
            ImageCommands.class,
            TeamCommands.class,
            UsageCommand.class,
            ApiCommand.class,
            GatewayCommand.class,
            HostCommand.class,
            TrainCommand.class
        })
public final class Oriel {
    private Oriel() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Oriel());
        line.setExecutionExceptionHandler(new FailureReport());
        line.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().usageMessage().footer(FailureReport.exitCodes()));
        return line;
    }
}
