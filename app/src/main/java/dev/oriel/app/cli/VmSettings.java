package dev.oriel.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What can be chosen for a VM, when it is made and later; only what was given is sent. */
final class VmSettings {
    @Option(names = "--name", paramLabel = "NAME", description = "Its name.")
    private @Nullable String name;

    @Option(names = "--cpus", paramLabel = "N", description = "Virtual processors.")
    private @Nullable Integer cpus;

    @Option(names = "--memory", paramLabel = "MIB", description = "Memory in MiB.")
    private @Nullable Integer memory;

    @Option(names = "--disk", paramLabel = "GIB", description = "Disk in GiB.")
    private @Nullable Integer disk;

    @Option(
            names = "--restart-policy",
            paramLabel = "POLICY",
            description = "Start it again when it ends by itself: never (default), on-failure, always.")
    private @Nullable String restartPolicy;

    @Option(
            names = "--when-unwatched",
            paramLabel = "WHAT",
            description = "While nobody looks at it: run (default), pause, suspend.")
    private @Nullable String whenUnwatched;

    @Option(
            names = "--label",
            paramLabel = "WORD=VALUE",
            description = "Mark it; may be given several times. Takes the place of all labels it has.")
    private Map<String, String> labels = new LinkedHashMap<>();

    /** The fields of a request that were given. */
    Map<String, Object> asBody() {
        Map<String, Object> body = new LinkedHashMap<>();
        put(body, "name", name);
        put(body, "cpus", cpus);
        put(body, "memoryMiB", memory);
        put(body, "diskGiB", disk);
        put(body, "restartPolicy", restartPolicy);
        put(body, "whenUnwatched", whenUnwatched);
        put(body, "labels", labels.isEmpty() ? null : labels);
        return body;
    }

    private static void put(Map<String, Object> body, String field, @Nullable Object value) {
        if (value != null) {
            body.put(field, value);
        }
    }
}
