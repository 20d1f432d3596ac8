package dev.oriel.api.queue;

import dev.oriel.core.vm.VmId;
import java.util.Map;
import java.util.Optional;

/** An entry of the queue: VM {@code vm} has a wish of this generation. Carries no wish itself: Postgres has it. */
public record LifecycleEntry(VmId vm, long generation) {
    private static final String VM = "vm";
    private static final String GENERATION = "generation";

    Map<String, String> fields() {
        return Map.of(VM, vm.toString(), GENERATION, Long.toString(generation));
    }

    /** Reads an entry's fields; empty when they are not ours. */
    static Optional<LifecycleEntry> of(Map<String, String> fields) {
        try {
            String vm = fields.getOrDefault(VM, "");
            long generation = Long.parseLong(fields.getOrDefault(GENERATION, ""));
            return generation < 1 ? Optional.empty() : Optional.of(new LifecycleEntry(VmId.of(vm), generation));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
