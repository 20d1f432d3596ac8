package dev.oriel.host.instant;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The hardware that a guest's memory fits: it can only go on with the same. Its VM may want other hardware by then, from
 * the next start.
 *
 * @param cpus how many processors the guest has
 * @param memory all of it
 */
public record MemoryShape(int cpus, Bytes memory) {
    private static final Duration STEP = Duration.ofSeconds(10);

    /** What a running QEMU has, as it says itself. */
    public static MemoryShape of(QmpCommands guest) throws IOException, InterruptedException {
        int cpus = guest.execute("query-cpus-fast", Map.of(), STEP).size();
        JsonNode memory = guest.execute("query-memory-size-summary", Map.of(), STEP);
        return new MemoryShape(cpus, new Bytes(memory.path("base-memory").asLong(0)));
    }
}
