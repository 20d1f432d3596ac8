package dev.oriel.app.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code oriel vm …}. A VM is named by its id or its name. */
@Command(
        name = "vm",
        description = "Virtual machines.",
        mixinStandardHelpOptions = true,
        subcommands = {ShareCommand.class, UnshareCommand.class, SnapshotCommands.class})
public final class VmCommands {
    private static final String[] FIELDS = {"id", "name", "template", "state", "reason", "diskUsedBytes", "createdAt"};
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    @Command(name = "create", description = "Make one and wait until it runs.", mixinStandardHelpOptions = true)
    int create(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "TEMPLATE", arity = "0..1", description = "See `oriel template list`.") @Nullable
                    String template,
            @Option(names = "--snapshot", paramLabel = "ID", description = "Make it from a snapshot, not a template.")
                    @Nullable
                    String snapshot,
            @Mixin VmSettings settings,
            @Mixin BootSettings boot,
            @Option(names = "--open", description = "Open its console in the browser.") boolean open)
            throws IOException {
        Map<String, Object> wanted = new LinkedHashMap<>();
        if (template != null) {
            wanted.put("template", template);
        }
        if (snapshot != null) {
            wanted.put("snapshot", snapshot);
        }
        wanted.putAll(settings.asBody());
        wanted.putAll(boot.asBody());
        ApiConnection api = server.connect();
        JsonNode vm = api.postAndWait("/vm", wanted);
        show(server, vm);
        requireAlive(vm);
        String page = api.url() + "/pages/console/" + vm.path("id").asString("");
        if (open) {
            openInBrowser(page);
        } else if (!server.json()) {
            System.out.println("Its desktop: " + page);
        }
        return 0;
    }

    @Command(name = "list", description = "All of yours.", mixinStandardHelpOptions = true)
    int list(
            @Mixin ServerOptions server,
            @Option(names = "--label", paramLabel = "WORD[=VALUE]", description = "Only those marked so.") @Nullable
                    String label) {
        showAll(server, server.connect().all(label == null ? "/vm" : "/vm?label=" + ApiConnection.segment(label)));
        return 0;
    }

    private static void showAll(ServerOptions server, JsonNode all) {
        if (server.json()) {
            System.out.println(all);
            return;
        }
        Table table = new Table("ID", "NAME", "TEMPLATE", "STATE", "REASON", "DISK BYTES", "CREATED");
        all.forEach(vm -> table.row(vm, FIELDS));
        table.print(System.out);
    }

    @Command(name = "show", description = "One of yours.", mixinStandardHelpOptions = true)
    int show(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm) {
        ApiConnection api = server.connect();
        show(server, api.get("/vm/" + id(api, vm)));
        return 0;
    }

    @Command(name = "start", description = "Start it and wait until it runs.", mixinStandardHelpOptions = true)
    int start(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm) {
        return tell(server, vm, "start", Map.of());
    }

    @Command(name = "stop", description = "Power it down.", mixinStandardHelpOptions = true)
    int stop(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM") String vm,
            @Option(names = "--force", description = "Do not wait for the guest.") boolean force) {
        return tell(server, vm, "stop", Map.of("force", force));
    }

    @Command(name = "restart", description = "Power it down and start it again.", mixinStandardHelpOptions = true)
    int restart(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM") String vm,
            @Option(names = "--force", description = "Do not wait for the guest.") boolean force) {
        return tell(server, vm, "restart", Map.of("force", force));
    }

    @Command(name = "reset", description = "Press its reset button.", mixinStandardHelpOptions = true)
    int reset(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm) {
        return tell(server, vm, "reset", Map.of());
    }

    @Command(
            name = "suspend",
            description = "Put its memory aside; it costs only disk until resumed.",
            mixinStandardHelpOptions = true)
    int suspend(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm) {
        return tell(server, vm, "suspend", Map.of());
    }

    @Command(name = "resume", description = "Let it go on from where it was.", mixinStandardHelpOptions = true)
    int resume(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm) {
        return tell(server, vm, "resume", Map.of());
    }

    @Command(
            name = "fork",
            description = "Make more that go on from this very instant of it.",
            mixinStandardHelpOptions = true)
    int fork(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM") String vm,
            @Option(names = "--count", paramLabel = "N", defaultValue = "1", description = "How many; 1 by default.")
                    int count) {
        ApiConnection api = server.connect();
        JsonNode children = api.postAndWait("/vm/" + id(api, vm) + "/fork", Map.of("count", count));
        showAll(server, children);
        children.forEach(VmCommands::requireAlive);
        return 0;
    }

    @Command(
            name = "set",
            description = "Change it. Hardware counts from its next start; disks only grow.",
            mixinStandardHelpOptions = true)
    int set(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm, @Mixin VmSettings settings) {
        ApiConnection api = server.connect();
        show(server, api.patch("/vm/" + id(api, vm), settings.asBody()));
        return 0;
    }

    @Command(name = "delete", description = "Delete it with its disk.", mixinStandardHelpOptions = true)
    int delete(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm) {
        ApiConnection api = server.connect();
        String id = id(api, vm);
        api.delete("/vm/" + id);
        if (!server.json()) {
            System.out.println("Deleted " + id + ".");
        }
        return 0;
    }

    /** Asks for {@code verb} and shows the VM as it is then. */
    private static int tell(ServerOptions server, String vm, String verb, Map<String, ?> body) {
        ApiConnection api = server.connect();
        JsonNode now = api.postAndWait("/vm/" + id(api, vm) + "/" + verb, body);
        show(server, now);
        requireAlive(now);
        return 0;
    }

    /** Scripts go on after a command that succeeded: not with a VM that did not come up. */
    static void requireAlive(JsonNode vm) {
        boolean wanted = !vm.path("desired").asString("").equals("stopped");
        if (wanted && vm.path("state").asString("").equals("failed")) {
            throw new CommandFailure(
                    ExitClass.OTHER,
                    vm.path("name").asString("it") + " failed: "
                            + vm.path("reason").asString("no reason is known"));
        }
    }

    static void show(ServerOptions server, JsonNode vm) {
        if (server.json()) {
            System.out.println(vm);
        } else {
            new Table("ID", "NAME", "TEMPLATE", "STATE", "REASON", "DISK BYTES", "CREATED")
                    .row(vm, FIELDS)
                    .print(System.out);
        }
    }

    static String id(ApiConnection api, String given) {
        if (given.matches(UUID)) {
            return given;
        }
        for (JsonNode vm : api.all("/vm")) {
            if (vm.path("name").asString("").equals(given)) {
                return vm.path("id").asString("");
            }
        }
        throw new CommandFailure(ExitClass.NOT_FOUND, "you have no VM called " + given);
    }

    private static void openInBrowser(String page) throws IOException {
        try {
            new ProcessBuilder("xdg-open", page)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            // A machine without a desktop: the address is as good.
            System.out.println("Open " + page);
        }
    }
}
