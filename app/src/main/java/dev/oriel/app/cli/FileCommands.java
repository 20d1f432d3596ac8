package dev.oriel.app.cli;

import java.nio.file.Path;
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
                    String kind) {
        JsonNode stored = server.connect().upload("/post", file, kind);
        print(server, stored);
        return 0;
    }

    @Command(name = "list", description = "All of yours.", mixinStandardHelpOptions = true)
    int list(@Mixin ServerOptions server) {
        print(server, server.connect().get("/post"));
        return 0;
    }

    private static void print(ServerOptions server, JsonNode files) {
        if (server.json()) {
            System.out.println(files);
            return;
        }
        Table table = new Table("ID", "NAME", "SIZE", "KIND", "STATE");
        if (files.isArray()) {
            files.forEach(file -> table.row(file, "id", "name", "size", "kind", "state"));
        } else {
            table.row(files, "id", "name", "size", "kind", "state");
        }
        table.print(System.out);
    }
}
