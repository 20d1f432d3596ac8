package dev.oriel.host.instant;

import dev.oriel.core.json.OrielJson;
import dev.oriel.host.qemu.GuestProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;

/**
 * A warm clone that waits for a VM ({@code pool.json} in its instance's directory): restored, used for a moment,
 * stopped.
 *
 * @param instance 8 hex digits
 * @param machine uuid of the virtual hardware
 * @param uid that its process runs under, when not the VM Manager's own
 * @param key of the frozen state it comes from
 * @param layer the file that its guest writes to
 */
public record PooledClone(String instance, UUID machine, Optional<Integer> uid, String key, String layer) {
    private static final String FILE = "pool.json";

    /** Its process, if that still runs. */
    public Optional<GuestProcess> process(Path run) {
        return GuestProcess.notedIn(run.resolve(instance), "oriel-" + instance);
    }

    /** From now on it waits, also for a VM Manager that comes after this one. */
    void write(Path directory) throws IOException {
        Path part = directory.resolve(FILE + ".part");
        Files.write(part, OrielJson.mapper().writeValueAsBytes(this));
        Files.move(part, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    /** It belongs to a VM now. */
    static void forget(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FILE));
    }

    static Optional<PooledClone> read(Path directory) {
        try {
            byte[] json = Files.readAllBytes(directory.resolve(FILE));
            return Optional.of(OrielJson.mapper().readValue(json, PooledClone.class))
                    .filter(clone -> directory.endsWith(clone.instance()));
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }
}
