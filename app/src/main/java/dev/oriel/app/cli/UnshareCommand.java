package dev.oriel.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code oriel vm unshare}: ends a link and sends its visitors away. */
@Command(
        name = "unshare",
        description = "End a share link; whoever came in by it is sent away.",
        mixinStandardHelpOptions = true)
final class UnshareCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Parameters(index = "0", paramLabel = "VM")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "LINK", description = "Its id: see `oriel vm share VM --list`.")
    private String link = "";

    @Override
    public Integer call() {
        ApiConnection api = server.connect();
        api.delete("/vm/" + VmCommands.id(api, vm) + "/shares/" + link);
        if (!server.json()) {
            System.out.println("Ended.");
        }
        return 0;
    }
}
