package dev.oriel.app.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code oriel file …}. */
@Command(name = "file", description = "Uploaded files.", mixinStandardHelpOptions = true)
public final class FileCommands {
    @Command(name = "upload", description = "Upload one.", mixinStandardHelpOptions = true)
    int upload(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "FILE") Path file,
            @Option(
                            names = "--kind",
                            paramLabel = "KIND",
                            defaultValue = "file",
                            description = "iso, disk or file (default).")
                    String kind,
            @Option(
                            names = "--format",
                            paramLabel = "FORMAT",
                            description = "Of a disk: qcow2, raw, vmdk or iso (default: what its bytes say).")
                    @Nullable
                    String format) {
        Map<String, String> fields = format == null ? Map.of("kind", kind) : Map.of("kind", kind, "format", format);
        print(server, server.connect().upload("/post", file, fields));
        return 0;
    }

    @Command(name = "list", description = "All of yours.", mixinStandardHelpOptions = true)
    int list(@Mixin ServerOptions server) {
        print(server, server.connect().get("/post"));
        return 0;
    }

    @Command(
            name = "download",
            description = "Fetch one; goes on where an earlier try was cut off.",
            mixinStandardHelpOptions = true)
    int download(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(paramLabel = "FILE", description = "Where to; never overwrites.") Path file)
            throws InterruptedException {
        if (Files.exists(file)) {
            throw new CommandFailure(ExitClass.REFUSED, file + " is there already");
        }
        ApiConnection api = server.connect();
        JsonNode stored = api.get("/post/" + ApiConnection.segment(id));
        api.download("/post/" + ApiConnection.segment(id) + "/content")
                .into(
                        file,
                        Optional.of(stored.path("sha256").asString("")),
                        TransferProgress.of(file.getFileName().toString()));
        return 0;
    }

    @Command(name = "delete", description = "Delete some.", mixinStandardHelpOptions = true)
    int delete(@Mixin ServerOptions server, @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
        ApiConnection api = server.connect();
        ids.forEach(id -> api.delete("/post/" + ApiConnection.segment(id)));
        return 0;
    }

    @Command(
            name = "insert",
            description = "Put one into the disc drive of a running VM, read-only.",
            mixinStandardHelpOptions = true)
    int insert(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "ID") String id,
            @Parameters(paramLabel = "VM", description = "The VM's id.") String vm) {
        print(server, server.connect().put("/vm/" + ApiConnection.segment(vm) + "/disc", Map.of("upload", id)));
        return 0;
    }

    @Command(name = "eject", description = "Take the disc out of a running VM.", mixinStandardHelpOptions = true)
    int eject(@Mixin ServerOptions server, @Parameters(paramLabel = "VM", description = "The VM's id.") String vm) {
        server.connect().delete("/vm/" + ApiConnection.segment(vm) + "/disc");
        return 0;
    }

    private static void print(ServerOptions server, JsonNode files) {
        if (server.json()) {
            System.out.println(files);
            return;
        }
        Table table = new Table("ID", "NAME", "SIZE", "KIND", "FORMAT", "STATE");
        if (files.isArray()) {
            files.forEach(file -> table.row(file, "id", "name", "size", "kind", "format", "state"));
        } else {
            table.row(files, "id", "name", "size", "kind", "format", "state");
        }
        table.print(System.out);
    }
}
