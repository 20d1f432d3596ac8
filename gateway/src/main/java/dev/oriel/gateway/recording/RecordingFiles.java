package dev.oriel.gateway.recording;

import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of one recording: {@code started} with its wish, a file for each part, {@code ended} with the reason
 * once there is one. For one writer; readers may come at any time.
 */
final class RecordingFiles {
    private static final Pattern PART = Pattern.compile("(\\d{5})-(\\d{1,15})\\.rfb");
    private static final int MAX_PARTS = 100_000;

    private final Path directory;
    private final VmId vm;
    private final RecordingId id;

    RecordingFiles(Path root, VmId vm, RecordingId id) {
        this.directory = root.resolve(vm.toString()).resolve(id.toString());
        this.vm = vm;
        this.id = id;
    }

    /** What was asked for. */
    record Wish(Instant startedAt, long maxBytes, Duration maxLength) {}

    RecordingId id() {
        return id;
    }

    VmId vm() {
        return vm;
    }

    /** Makes the directory with its wish, unless it is there. */
    void begin(Wish wish) throws IOException {
        if (Files.exists(directory.resolve("started"))) {
            return;
        }
        Files.createDirectories(directory.getParent(), ownersOnly());
        Files.createDirectories(directory, ownersOnly());
        put(
                "started",
                wish.startedAt().toEpochMilli() + " " + wish.maxBytes() + " "
                        + wish.maxLength().toMillis());
    }

    private static java.nio.file.attribute.FileAttribute<?> ownersOnly() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    }

    private void put(String name, String text) throws IOException {
        Path half = directory.resolve(name + ".half");
        Files.writeString(half, text);
        Files.move(half, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    Wish wish() throws IOException {
        String[] words = Files.readString(directory.resolve("started")).split(" ", -1);
        try {
            return new Wish(
                    Instant.ofEpochMilli(Long.parseLong(words[0])),
                    Long.parseLong(words[1]),
                    Duration.ofMillis(Long.parseLong(words[2])));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new IOException("a recording's wish cannot be read", e);
        }
    }

    /** Notes why it ended; the first reason stays. */
    void end(String reason) throws IOException {
        if (Files.exists(directory) && !Files.exists(directory.resolve("ended"))) {
            put("ended", reason);
        }
    }

    Optional<String> ended() throws IOException {
        Path file = directory.resolve("ended");
        return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    }

    /** A new part, behind those that are there. */
    Path newPart(long startMillis) throws IOException {
        int number = parts().size();
        if (number >= MAX_PARTS) {
            throw new IOException("a recording has too many parts");
        }
        return directory.resolve("%05d-%d.rfb".formatted(number, startMillis));
    }

    /** Those that hold something: whoever was killed may have left one that does not. */
    private List<Path> parts() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(
                            file -> PART.matcher(file.getFileName().toString()).matches())
                    .filter(file -> file.toFile().length() > 0)
                    .sorted()
                    .toList();
        }
    }

    Optional<Path> part(int number) throws IOException {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        List<Path> parts = parts();
        return number >= 0 && number < parts.size() ? Optional.of(parts.get(number)) : Optional.empty();
    }

    long bytes() throws IOException {
        long bytes = 0;
        for (Path part : parts()) {
            bytes += Files.size(part);
        }
        return bytes;
    }

    RecordingStatus status() throws IOException {
        Wish wish = wish();
        List<RecordingStatus.Part> listed = new ArrayList<>();
        long bytes = 0;
        long last = 0;
        for (Path part : parts()) {
            Matcher name = PART.matcher(part.getFileName().toString());
            if (name.matches()) {
                long size = Files.size(part);
                long start = Long.parseLong(name.group(2));
                listed.add(new RecordingStatus.Part(start, size));
                bytes += size;
                long written = Files.getLastModifiedTime(part).toMillis()
                        - wish.startedAt().toEpochMilli();
                last = Math.max(last, Math.max(start, written));
            }
        }
        return new RecordingStatus(id, vm, wish.startedAt(), ended(), bytes, Duration.ofMillis(last), listed);
    }

    /** Room left where it is kept. */
    long usableBytes() {
        return directory.toFile().getUsableSpace();
    }

    /** Removes all of it. */
    void drop() throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path file : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
