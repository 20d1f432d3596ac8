package dev.oriel.api.vm;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of {@code PATCH /vm/{id}}, not yet checked: only what is to change. */
record ChangeVm(
        @Nullable String name,
        @Nullable Map<String, @Nullable String> labels,
        @Nullable Integer cpus,
        @Nullable Integer memoryMiB,
        @Nullable Integer diskGiB,
        @Nullable WhenUnwatched whenUnwatched,
        @Nullable RestartPolicy restartPolicy) {}
