package dev.oriel.host.vm;

import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Remembers for a day at which generation a VM was deleted, over restarts, so that a late message does not bring it
 * back. At most {@value #MAX} of them, in {@code run/deleted}. Thread-safe.
 */
final class Tombstones {
    private static final int MAX = 10_000;
    private static final Duration KEPT = Duration.ofDays(1);

    private final Path file;
    private final Clock clock;
    private final Map<VmId, Long> generations = new LinkedHashMap<>();

    Tombstones(Path run, Clock clock) throws IOException {
        this.file = run.resolve("deleted");
        this.clock = clock;
        if (Files.exists(file)) {
            load();
        }
    }

    synchronized long generationOf(VmId vm) {
        return generations.getOrDefault(vm, 0L);
    }

    synchronized void add(VmId vm, long generation) throws IOException {
        generations.remove(vm);
        generations.put(vm, generation);
        if (generations.size() > MAX) {
            generations.remove(generations.keySet().iterator().next());
        }
        Files.writeString(
                file,
                vm + " " + generation + " " + clock.instant() + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private void load() throws IOException {
        Instant oldest = clock.instant().minus(KEPT);
        String kept = Files.readAllLines(file).stream()
                .filter(line -> remember(line.split(" "), oldest))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
        Path part = file.resolveSibling("deleted.part");
        Files.writeString(part, kept);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** A line that a crash cut short is dropped. */
    private boolean remember(String[] parts, Instant oldest) {
        try {
            if (parts.length != 3 || Instant.parse(parts[2]).isBefore(oldest)) {
                return false;
            }
            generations.put(VmId.of(parts[0]), Long.valueOf(parts[1]));
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
