package dev.oriel.host.instant;

import dev.oriel.core.json.OrielJson;
import dev.oriel.host.disk.Overlays;
import dev.oriel.host.qemu.SealedMemory;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/**
 * The frozen states of this host, {@code vms/instant/<key>}. One appears whole or not at all; a crash leaves at most a
 * {@code <key>.part}, which the next start removes. Thread-safe for different keys.
 */
final class FrozenStore {
    private static final Logger LOG = System.getLogger(FrozenStore.class.getName());
    private static final String PART = ".part";

    private final Path directory;
    private final Overlays overlays;

    FrozenStore(Path data, Overlays overlays) throws IOException {
        this.directory = data.resolve("vms/instant");
        this.overlays = overlays;
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    }

    /** Removes what freezes that were cut short have left. Nothing may be freezing. */
    void removeParts() throws IOException {
        for (Path entry : entries()) {
            if (entry.toString().endsWith(PART)) {
                remove(entry);
            }
        }
    }

    /** The frozen state of this key, when it is there and whole. */
    Optional<FrozenState> find(String key) {
        Path place = directory.resolve(key);
        try {
            byte[] json = Files.readAllBytes(place.resolve("frozen.json"));
            FrozenState found =
                    new FrozenState(key, place, OrielJson.mapper().readValue(json, FrozenState.Manifest.class));
            boolean whole = Stream.of(found.ram(), found.state(), found.disk(), found.blank())
                    .allMatch(Files::isRegularFile);
            return whole ? Optional.of(found) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | JacksonException e) {
            LOG.log(Level.WARNING, "frozen state " + key + " cannot be read", e);
            return Optional.empty();
        }
    }

    /** Every frozen state, whole or not. */
    List<String> keys() throws IOException {
        return entries().stream()
                .map(entry -> entry.getFileName().toString())
                .filter(name -> !name.endsWith(PART))
                .toList();
    }

    /** When a VM last began from it, as far as that was noted. */
    Instant lastUsed(FrozenState state) throws IOException {
        return Files.getLastModifiedTime(state.directory().resolve("frozen.json"))
                .toInstant();
    }

    /** A VM begins from it. */
    void noteUse(FrozenState state, Instant now) throws IOException {
        Files.setLastModifiedTime(state.directory().resolve("frozen.json"), FileTime.from(now));
    }

    /** Bytes of memory of the guests in all states but these, which take as much on disk at most. */
    long memoryBeside(Set<String> keys) throws IOException {
        long sum = 0;
        for (String key : keys()) {
            Path ram = directory.resolve(key).resolve("ram");
            sum += keys.contains(key) || !Files.exists(ram) ? 0 : Files.size(ram);
        }
        return sum;
    }

    /** The state's memory is let go; guests that map it keep it, and it is loaded again for one that needs it. */
    void letGo(String key) throws IOException {
        SealedMemory.end(directory.resolve(key).resolve("holder"));
    }

    /** An empty directory in which a state of this key is made. */
    FrozenState begin(FrozenState.Manifest manifest) throws IOException {
        Path part = directory.resolve(manifest.key() + PART);
        remove(part);
        Files.createDirectory(part);
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx--x--x"));
        return new FrozenState(manifest.key(), part, manifest);
    }

    /** What was made in {@code part} becomes the state of its key: read-only, on disk, under its name. */
    FrozenState keep(FrozenState part) throws IOException, InterruptedException {
        FrozenState kept = new FrozenState(part.key(), directory.resolve(part.key()), part.manifest());
        overlays.create(part.blank(), Optional.of(kept.disk()), part.manifest().disk(), OptionalInt.empty());
        Files.write(part.directory().resolve("frozen.json"), OrielJson.mapper().writeValueAsBytes(part.manifest()));
        Object owner = Files.getAttribute(directory, "unix:uid");
        for (Path file : list(part.directory())) {
            boolean forGuests = file.equals(part.disk());
            Files.setAttribute(file, "unix:uid", owner);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(forGuests ? "r--r--r--" : "r--------"));
            force(file);
        }
        remove(kept.directory());
        Files.move(part.directory(), kept.directory(), StandardCopyOption.ATOMIC_MOVE);
        force(directory);
        return kept;
    }

    /**
     * Whether a disk stands on the state, for as long as that disk is there.
     *
     * @param instances where instances keep their {@code disk.json}
     */
    boolean isReferenced(String key, Path instances) throws IOException {
        String place = directory.resolve(key) + "/";
        for (Path instance : list(instances)) {
            Path record = instance.resolve("disk.json");
            if (Files.exists(record) && Files.readString(record).contains(place)) {
                return true;
            }
        }
        return false;
    }

    /** Removes a state that nobody needs, or what was begun of one, and ends the holder of its memory. */
    void remove(FrozenState state) throws IOException {
        remove(state.directory());
    }

    void remove(String key) throws IOException {
        remove(directory.resolve(key));
    }

    /** Ends every process that holds memory of a state of this host. The files stay. */
    void endHolders() throws IOException {
        for (Path entry : entries()) {
            SealedMemory.end(entry.resolve("holder"));
        }
    }

    private static void remove(Path place) throws IOException {
        SealedMemory.end(place.resolve("holder"));
        for (Path file : list(place)) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(place);
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private List<Path> entries() throws IOException {
        return list(directory);
    }

    private static List<Path> list(Path place) throws IOException {
        try (Stream<Path> entries = Files.list(place)) {
            return entries.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
