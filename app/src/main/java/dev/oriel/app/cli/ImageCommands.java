package dev.oriel.app.cli;

import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code oriel image …}: base images and discs on the hosts, for operators. */
@Command(name = "image", description = "Images on the hosts, for operators.", mixinStandardHelpOptions = true)
public final class ImageCommands {
    private static final String[] FIELDS = {"host", "kind", "name", "sizeBytes", "unusedSince", "keptUntil"};

    @Command(
            name = "gc",
            description = "Remove images that nothing has needed for a while. Hosts do so by themselves, too.",
            mixinStandardHelpOptions = true)
    int collect(
            @Mixin ServerOptions server,
            @Option(names = "--dry-run", description = "Only list what nothing needs, and until when it is kept.")
                    boolean dryRun) {
        ApiConnection api = server.connect();
        JsonNode images = dryRun ? api.get("/hosts/images") : api.post("/hosts/images/collect", Map.of());
        if (server.json()) {
            System.out.println(images);
            return 0;
        }
        long bytes = images.valueStream()
                .mapToLong(image -> image.path("sizeBytes").asLong(0))
                .sum();
        if (!images.isEmpty()) {
            Table table = new Table("HOST", "KIND", "NAME", "BYTES", "UNUSED SINCE", "KEPT UNTIL");
            images.forEach(image -> table.row(image, FIELDS));
            table.print(System.out);
        }
        System.out.println((dryRun ? "Not needed: " : "Removed: ") + images.size() + " images, " + bytes + " bytes.");
        return 0;
    }
}
