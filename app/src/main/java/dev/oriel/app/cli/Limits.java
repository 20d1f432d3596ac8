package dev.oriel.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** The quota of an account or team; only what was given is sent. */
final class Limits {
    private static final long GIB = 1L << 30;

    @Option(names = "--running-vms", paramLabel = "N")
    private @Nullable Long runningVms;

    @Option(names = "--vcpus", paramLabel = "N", description = "Of running VMs.")
    private @Nullable Long vcpus;

    @Option(names = "--memory-mib", paramLabel = "N", description = "Of running VMs.")
    private @Nullable Long memoryMib;

    @Option(names = "--disk-gib", paramLabel = "N")
    private @Nullable Long diskGib;

    @Option(names = "--snapshots", paramLabel = "N")
    private @Nullable Long snapshots;

    @Option(names = "--upload-files", paramLabel = "N")
    private @Nullable Long uploadFiles;

    @Option(names = "--upload-gib", paramLabel = "N")
    private @Nullable Long uploadGib;

    @Option(names = "--consoles", paramLabel = "N", description = "Open at the same time.")
    private @Nullable Long consoles;

    /** A body with {@code quota}, empty when nothing was given. */
    Map<String, Object> asBody() {
        Map<String, Object> quota = new LinkedHashMap<>();
        put(quota, "runningVms", runningVms, 1);
        put(quota, "vcpus", vcpus, 1);
        put(quota, "memoryMiB", memoryMib, 1);
        put(quota, "diskBytes", diskGib, GIB);
        put(quota, "snapshots", snapshots, 1);
        put(quota, "uploadFiles", uploadFiles, 1);
        put(quota, "uploadBytes", uploadGib, GIB);
        put(quota, "consoles", consoles, 1);
        return quota.isEmpty() ? Map.of() : Map.of("quota", quota);
    }

    /** What an account or team uses of its quota, a line each. */
    static void print(JsonNode account) {
        account.path("quota")
                .properties()
                .forEach(quota -> System.out.println("  " + quota.getKey() + ": "
                        + account.path("usage").path(quota.getKey()).asString("0") + " of "
                        + quota.getValue().asString("")));
    }

    private static void put(Map<String, Object> quota, String name, @Nullable Long value, long unit) {
        if (value != null) {
            if (value > Long.MAX_VALUE / unit || value < Long.MIN_VALUE / unit) {
                throw new CommandFailure(ExitClass.REFUSED, value + " is too large a number for " + name);
            }
            quota.put(name, value * unit);
        }
    }
}
