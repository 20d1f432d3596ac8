package dev.oriel.api.vm;

import dev.oriel.core.vm.Firmware;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /vm}, not yet checked.
 *
 * @param iso the id of an uploaded ISO to boot from
 */
record CreateVm(
        @Nullable String template,
        @Nullable String name,
        @Nullable Map<String, @Nullable String> labels,
        @Nullable Integer cpus,
        @Nullable Integer memoryMiB,
        @Nullable Integer diskGiB,
        @Nullable String iso,
        @Nullable String userData,
        @Nullable String snapshot,
        @Nullable WhenUnwatched whenUnwatched,
        @Nullable RestartPolicy restartPolicy,
        @Nullable Firmware firmware) {}
