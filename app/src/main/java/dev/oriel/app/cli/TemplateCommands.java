package dev.oriel.app.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code oriel template …}. */
@Command(name = "template", description = "What virtual machines are made from.", mixinStandardHelpOptions = true)
public final class TemplateCommands {
    private static final Duration READY_LIMIT = Duration.ofHours(1);
    private static final String[] COLUMNS = {
        "name", "ready", "progress", "instant", "otherHardware", "cpus", "memoryMiB", "diskGiB", "visibility", "title"
    };

    @Command(name = "list", description = "All templates.", mixinStandardHelpOptions = true)
    int list(@Mixin ServerOptions server) {
        print(server, server.connect().get("/vm/templates"));
        return 0;
    }

    @Command(
            name = "show",
            description = "One template, and the other hardware that VMs of it open at once with.",
            mixinStandardHelpOptions = true)
    int show(@Mixin ServerOptions server, @Parameters(paramLabel = "NAME") String name) {
        JsonNode template = find(server.connect(), name);
        print(server, template);
        if (!server.json()) {
            printMore(template);
        }
        return 0;
    }

    @Command(
            name = "import",
            description = "Make a template of a disk image, or the next version of one.",
            mixinStandardHelpOptions = true)
    int importImage(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "FILE|URL", description = "A qcow2, vmdk or raw disk; a URL is fetched resumably.")
                    String source,
            @Parameters(paramLabel = "NAME", description = "Lower-case letters, digits, dashes.") String name,
            @Option(names = "--title", description = "What people read.") @Nullable String title,
            @Option(names = "--format", description = "qcow2, vmdk, raw or iso (default: what its bytes say).")
                    @Nullable
                    String format,
            @Option(names = "--sha256", description = "What the image must have.") @Nullable String sha256,
            @Option(names = "--cpus") @Nullable Integer cpus,
            @Option(names = "--memory", paramLabel = "MIB") @Nullable Integer memory,
            @Option(names = "--private", description = "For yourself alone (always so for users).") boolean hidden)
            throws InterruptedException {
        ApiConnection api = server.connect();
        FetchedImage image = FetchedImage.of(source, Optional.ofNullable(sha256));
        Map<String, String> fields = new LinkedHashMap<>(Map.of("kind", "disk"));
        putIfGiven(fields, "format", format);
        JsonNode stored = image.sendBy(file -> api.upload("/post", file, fields));
        String upload = stored.path("id").asString("");
        try {
            if (sha256 != null && !sha256.equalsIgnoreCase(stored.path("sha256").asString(""))) {
                throw new CommandFailure(ExitClass.REFUSED, "the image has another SHA-256 than it should");
            }
            Map<String, Object> wish = new LinkedHashMap<>(Map.of("upload", upload, "name", name));
            putIfGiven(wish, "title", title);
            putIfGiven(wish, "cpus", cpus);
            putIfGiven(wish, "memoryMiB", memory);
            putIfGiven(wish, "visibility", hidden ? "private" : null);
            api.post("/vm/templates", wish);
        } finally {
            // The template keeps what it is made of.
            api.delete("/post/" + upload);
        }
        print(server, awaitReady(api, name));
        return 0;
    }

    @Command(
            name = "publish",
            description = "Make a template of the disk of one of your VMs, or the next version of one.",
            mixinStandardHelpOptions = true)
    int publish(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "VM", description = "Running or not; it goes on.") String vm,
            @Parameters(paramLabel = "NAME", description = "Lower-case letters, digits, dashes.") String name,
            @Option(
                            names = "--snapshot",
                            description = "Its disk as it was then, by id or name (default: as it is now).")
                    @Nullable
                    String snapshot,
            @Option(names = "--title", description = "What people read.") @Nullable String title,
            @Option(names = "--cpus") @Nullable Integer cpus,
            @Option(names = "--memory", paramLabel = "MIB") @Nullable Integer memory,
            @Option(names = "--private", description = "For yourself alone (always so for users).") boolean hidden)
            throws InterruptedException {
        ApiConnection api = server.connect();
        Map<String, Object> wish = new LinkedHashMap<>(Map.of("name", name));
        if (snapshot == null) {
            wish.put("vm", VmCommands.id(api, vm));
        } else {
            wish.put("snapshot", SnapshotCommands.id(api, SnapshotCommands.path(api, vm), snapshot));
        }
        putIfGiven(wish, "title", title);
        putIfGiven(wish, "cpus", cpus);
        putIfGiven(wish, "memoryMiB", memory);
        putIfGiven(wish, "visibility", hidden ? "private" : null);
        api.post("/vm/templates", wish);
        print(server, awaitReady(api, name));
        return 0;
    }

    @Command(
            name = "freeze",
            description = "Make one instant now, and wait until VMs start from its frozen running copy.",
            mixinStandardHelpOptions = true)
    int freeze(@Mixin ServerOptions server, @Parameters(paramLabel = "NAME") String name) throws InterruptedException {
        ApiConnection api = server.connect();
        api.post("/vm/templates/" + ApiConnection.segment(name) + "/freeze", Map.of());
        print(server, awaitInstant(api, name));
        return 0;
    }

    @Command(name = "delete", description = "Delete one that no VM is made from.", mixinStandardHelpOptions = true)
    int delete(@Mixin ServerOptions server, @Parameters(paramLabel = "NAME") String name) {
        server.connect().delete("/vm/templates/" + ApiConnection.segment(name));
        return 0;
    }

    private static <T> void putIfGiven(Map<String, ? super T> fields, String key, @Nullable T value) {
        if (value != null) {
            fields.put(key, value);
        }
    }

    private static JsonNode find(ApiConnection api, String name) {
        return api.get("/vm/templates")
                .valueStream()
                .filter(each -> each.path("name").asString("").equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(ExitClass.NOT_FOUND, "there is no such template"));
    }

    /** Says each step as it comes. */
    private static JsonNode awaitInstant(ApiConnection api, String name) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        long end = System.nanoTime() + READY_LIMIT.toNanos();
        String said = "";
        while (System.nanoTime() < end) {
            JsonNode template = find(api, name);
            if (template.path("instant").asBoolean(false)) {
                return template;
            }
            String step = template.path("step").asString("");
            if (!step.isEmpty() && !step.equals(said)) {
                System.err.println("  … " + name + ": " + step);
                said = step;
            }
            if (never.await(1, TimeUnit.SECONDS)) {
                break;
            }
        }
        throw new CommandFailure(ExitClass.UNAVAILABLE, "the template is not instant yet: see `oriel template list`");
    }

    private static JsonNode awaitReady(ApiConnection api, String name) throws InterruptedException {
        TransferProgress progress = TransferProgress.of(name);
        CountDownLatch never = new CountDownLatch(1);
        long end = System.nanoTime() + READY_LIMIT.toNanos();
        while (System.nanoTime() < end) {
            JsonNode template = find(api, name);
            if (template.path("failed").asBoolean(false)) {
                throw new CommandFailure(
                        ExitClass.REFUSED, template.path("step").asString("it could not be imported"));
            }
            if (template.path("ready").asBoolean(false)) {
                return template;
            }
            progress.at(0, 0);
            if (never.await(1, TimeUnit.SECONDS)) {
                break;
            }
        }
        throw new CommandFailure(ExitClass.UNAVAILABLE, "the template is not ready yet: see `oriel template list`");
    }

    private static void print(ServerOptions server, JsonNode templates) {
        if (server.json()) {
            System.out.println(templates);
            return;
        }
        Table table = new Table(
                "NAME",
                "READY",
                "PROGRESS",
                "INSTANT",
                "OTHER HARDWARE",
                "CPUS",
                "MEMORY MIB",
                "DISK GIB",
                "VISIBILITY",
                "TITLE");
        Iterable<JsonNode> rows = templates.isArray() ? templates : List.of(templates);
        rows.forEach(template -> table.row(withSummary(template), COLUMNS));
        table.print(System.out);
    }

    /** How much of the other hardware that VMs were made with lately opens at once too. */
    private static JsonNode withSummary(JsonNode template) {
        JsonNode shapes = template.path("shapes");
        long instant = shapes.valueStream()
                .filter(shape -> shape.path("instant").asBoolean(false))
                .count();
        String summary = shapes.isEmpty() ? "" : instant + " of " + shapes.size() + " instant";
        return ((ObjectNode) template.deepCopy()).put("otherHardware", summary);
    }

    private static void printMore(JsonNode template) {
        String step = template.path("step").asString("");
        if (!step.isEmpty()) {
            System.out.println();
            new Table("STEP").row(template, "step").print(System.out);
        }
        JsonNode shapes = template.path("shapes");
        if (!shapes.isEmpty()) {
            System.out.println();
            Table table = new Table("CPUS", "MEMORY MIB", "DISK GIB", "INSTANT", "STEP");
            shapes.forEach(shape -> table.row(shape, "cpus", "memoryMiB", "diskGiB", "instant", "step"));
            table.print(System.out);
        }
    }
}
