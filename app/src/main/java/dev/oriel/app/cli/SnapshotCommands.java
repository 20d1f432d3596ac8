package dev.oriel.app.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code oriel vm snapshot …}. A VM is named by its id or name, and so is a snapshot of it. */
@Command(name = "snapshot", description = "Kept points of a VM's disk.", mixinStandardHelpOptions = true)
public final class SnapshotCommands {
    private static final String[] FIELDS = {"id", "name", "parent", "createdAt", "size", "current", "live"};

    @Command(name = "create", description = "Keep its disk as it is now.", mixinStandardHelpOptions = true)
    int create(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM") String vm,
            @Option(names = "--name", paramLabel = "NAME", description = "What to call it.") @Nullable String name,
            @Option(names = "--live", description = "With what it remembers: restored, it goes on from this moment.")
                    boolean live) {
        ApiConnection api = server.connect();
        Map<String, Object> wanted = new LinkedHashMap<>();
        if (name != null) {
            wanted.put("name", name);
        }
        if (live) {
            wanted.put("live", true);
        }
        JsonNode snapshot = api.post(path(api, vm), wanted);
        if (server.json()) {
            System.out.println(snapshot);
        } else {
            table().row(snapshot, FIELDS).print(System.out);
        }
        return 0;
    }

    @Command(name = "list", description = "All of a VM, oldest first.", mixinStandardHelpOptions = true)
    int list(@Mixin ServerOptions server, @Parameters(paramLabel = "VM") String vm) {
        ApiConnection api = server.connect();
        JsonNode all = api.get(path(api, vm));
        if (server.json()) {
            System.out.println(all);
            return 0;
        }
        Table table = table();
        all.forEach(snapshot -> table.row(snapshot, FIELDS));
        table.print(System.out);
        return 0;
    }

    @Command(
            name = "restore",
            description =
                    "Take its disk back: what was written since is gone. A VM that runs is cut off and restarted.",
            mixinStandardHelpOptions = true)
    int restore(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM") String vm,
            @Parameters(paramLabel = "SNAPSHOT") String snapshot) {
        ApiConnection api = server.connect();
        String path = path(api, vm);
        JsonNode now = api.postAndWait(path + "/" + id(api, path, snapshot) + "/restore", Map.of());
        VmCommands.show(server, now);
        VmCommands.requireAlive(now);
        return 0;
    }

    @Command(
            name = "download",
            description = "Fetch the disk as it was then, as a qcow2 image that stands alone.",
            mixinStandardHelpOptions = true)
    int download(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM") String vm,
            @Parameters(paramLabel = "SNAPSHOT") String snapshot,
            @Parameters(paramLabel = "FILE", description = "Where to; never overwrites.") Path file)
            throws InterruptedException {
        if (Files.exists(file)) {
            throw new CommandFailure(ExitClass.REFUSED, file + " is there already");
        }
        ApiConnection api = server.connect();
        String path = path(api, vm);
        api.download(path + "/" + id(api, path, snapshot) + "/content")
                .into(
                        file,
                        Optional.empty(),
                        TransferProgress.of(file.getFileName().toString()));
        return 0;
    }

    @Command(name = "delete", description = "Forget one; the disk stays.", mixinStandardHelpOptions = true)
    int delete(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM") String vm,
            @Parameters(paramLabel = "SNAPSHOT") String snapshot) {
        ApiConnection api = server.connect();
        String path = path(api, vm);
        String id = id(api, path, snapshot);
        api.delete(path + "/" + id);
        if (!server.json()) {
            System.out.println("Deleted " + id + ".");
        }
        return 0;
    }

    private static Table table() {
        return new Table("ID", "NAME", "PARENT", "CREATED", "BYTES", "CURRENT", "LIVE");
    }

    static String path(ApiConnection api, String vm) {
        return "/vm/" + VmCommands.id(api, vm) + "/snapshots";
    }

    static String id(ApiConnection api, String path, String given) {
        for (JsonNode snapshot : api.get(path)) {
            String id = snapshot.path("id").asString("");
            if (id.equals(given) || snapshot.path("name").asString("").equals(given)) {
                return id;
            }
        }
        throw new CommandFailure(ExitClass.NOT_FOUND, "this VM has no snapshot called " + given);
    }
}
