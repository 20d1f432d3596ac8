package dev.oriel.app.cli;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine;

/** Turns a failed command into its message and exit code; anything unforeseen is shown whole. */
public final class FailureReport implements CommandLine.IExecutionExceptionHandler {
    /** For the end of {@code --help}. */
    public static String exitCodes() {
        return "Exit codes: 0 done, 2 wrong command line, "
                + Arrays.stream(ExitClass.values())
                        .map(exit -> exit.code() + " " + exit.meaning())
                        .collect(Collectors.joining(", "))
                + ".";
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, CommandLine.ParseResult arguments)
            throws Exception {
        if (e instanceof CommandFailure failure) {
            command.getErr().println("✗ " + failure.getMessage());
            return failure.exit().code();
        }
        throw e;
    }
}
