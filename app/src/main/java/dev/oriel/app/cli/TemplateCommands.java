package dev.oriel.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code oriel template …}. */
@Command(name = "template", description = "What virtual machines are made from.", mixinStandardHelpOptions = true)
public final class TemplateCommands {
    @Command(name = "list", description = "All templates.", mixinStandardHelpOptions = true)
    int list(@Mixin ServerOptions server) {
        JsonNode all = server.connect().get("/vm/templates");
        if (server.json()) {
            System.out.println(all);
            return 0;
        }
        Table table = new Table("NAME", "READY", "PROGRESS", "CPUS", "MEMORY MIB", "DISK GIB", "TITLE");
        all.forEach(
                template -> table.row(template, "name", "ready", "progress", "cpus", "memoryMiB", "diskGiB", "title"));
        table.print(System.out);
        return 0;
    }
}
