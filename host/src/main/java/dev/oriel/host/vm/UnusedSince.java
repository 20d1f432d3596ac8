package dev.oriel.host.vm;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * Since when each unused file is known to be unused, over restarts. When it cannot be kept, time only begins anew.
 * Guarded by its owner's lock.
 */
final class UnusedSince {
    private final Path file;
    private final Map<String, Instant> since;

    UnusedSince(Path file) {
        this.file = file;
        this.since = read(file);
    }

    /** When {@code name} was first seen unused; one that was made anew since then counts from there. */
    Instant first(String name, Instant changed, Instant now) {
        Instant begun = since.get(name);
        if (begun == null || begun.isBefore(changed) || begun.isAfter(now)) {
            since.put(name, now);
            return now;
        }
        return begun;
    }

    void forget(String name) {
        if (since.remove(name) != null) {
            write();
        }
    }

    /** These are unused now, no others. */
    void keepOnly(Collection<String> names) {
        since.keySet().retainAll(names);
        write();
    }

    private void write() {
        try {
            if (since.isEmpty()) {
                Files.deleteIfExists(file);
                return;
            }
            Path part = file.resolveSibling(file.getFileName() + ".part");
            Files.write(part, OrielJson.mapper().writeValueAsBytes(since));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            System.getLogger(UnusedSince.class.getName())
                    .log(Level.WARNING, "since when images are unused could not be noted", e);
        }
    }

    private static Map<String, Instant> read(Path file) {
        try {
            return new TreeMap<>(OrielJson.mapper()
                    .readValue(Files.readAllBytes(file), new TypeReference<Map<String, Instant>>() {}));
        } catch (IOException | JacksonException e) {
            return new TreeMap<>();
        }
    }
}
