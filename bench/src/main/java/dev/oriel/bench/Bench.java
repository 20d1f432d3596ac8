package dev.oriel.bench;

import dev.oriel.bench.api.ApiBench;
import dev.oriel.bench.desktop.DesktopBench;
import dev.oriel.bench.gateway.GatewayBench;
import dev.oriel.bench.gateway.MockVnc;
import dev.oriel.bench.path.PathCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./oriel bench}. */
@Command(
        name = "bench",
        description = "Measure side by side, on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = {ApiBench.class, DesktopBench.class, GatewayBench.class, MockVnc.class, PathCommand.class})
public final class Bench {
    private Bench() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }
}
