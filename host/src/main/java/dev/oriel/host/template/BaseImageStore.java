package dev.oriel.host.template;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.json.OrielJson;
import dev.oriel.host.disk.Qcow2Header;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * The read-only images that overlays stand on, {@code vms/base/<sha256>.qcow2}. An index beside them remembers which
 * built image has which digest, so that a start reads none of them again. Used by one thread at a time.
 */
final class BaseImageStore {
    private static final Logger LOG = System.getLogger(BaseImageStore.class.getName());
    private static final String INDEX = "index.json";

    /** A built image as it was when its digest was taken. */
    private record Entry(String image, long size, long modifiedMillis, ImageDigest digest) {}

    private record Index(List<Entry> images) {}

    private final Path directory;
    private final List<Entry> entries;

    BaseImageStore(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        this.entries = new ArrayList<>(readIndex(directory.resolve(INDEX)));
    }

    /** The base image made from {@code built} before, when both are as they were then. */
    Optional<BaseImage> known(Path built) throws IOException {
        if (!Files.isRegularFile(built)) {
            return Optional.empty();
        }
        Entry now = entry(built, Optional.empty());
        for (Entry entry : entries) {
            Path file = fileOf(entry.digest());
            boolean same = entry.image().equals(now.image())
                    && entry.size() == now.size()
                    && entry.modifiedMillis() == now.modifiedMillis();
            if (same && Files.isRegularFile(file) && Files.size(file) == entry.size()) {
                return Optional.of(baseImage(entry.digest(), file));
            }
        }
        return Optional.empty();
    }

    /** Takes {@code built} in: by hard link where that works, else as a copy. Reads it once, for its digest. */
    BaseImage take(Path built) throws IOException {
        if (!Qcow2Header.read(built).selfContained()) {
            throw new BuildFailedException("a base image must not refer to other files");
        }
        ImageDigest digest = digestOf(built);
        Path file = fileOf(digest);
        if (!Files.isRegularFile(file) || Files.size(file) != Files.size(built)) {
            place(built, file);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        Entry entry = entry(built, Optional.of(digest));
        entries.removeIf(old -> old.image().equals(entry.image()));
        entries.add(entry);
        writeIndex();
        return baseImage(digest, file);
    }

    private Path fileOf(ImageDigest digest) {
        return directory.resolve(digest + ".qcow2");
    }

    private static BaseImage baseImage(ImageDigest digest, Path file) throws IOException {
        return new BaseImage(digest, file, Qcow2Header.read(file).virtualSize());
    }

    private static Entry entry(Path built, Optional<ImageDigest> digest) throws IOException {
        return new Entry(
                built.getFileName().toString(),
                Files.size(built),
                Files.getLastModifiedTime(built).toMillis(),
                digest.orElse(new ImageDigest("0".repeat(64))));
    }

    private static void place(Path built, Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.deleteIfExists(temporary);
        try {
            Files.createLink(temporary, built);
        } catch (UnsupportedOperationException | IOException e) {
            LOG.log(Level.DEBUG, "no hard link from the image cache: copying", e);
            Files.copy(built, temporary);
            try (FileChannel copy = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                copy.force(true);
            }
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static ImageDigest digestOf(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 18];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha256.update(buffer, 0, read);
            }
            return new ImageDigest(HexFormat.of().formatHex(sha256.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** An index that is missing or broken costs only the time to read the images again. */
    private static List<Entry> readIndex(Path index) {
        try {
            return OrielJson.mapper()
                    .readValue(Files.readAllBytes(index), Index.class)
                    .images();
        } catch (IOException | JacksonException e) {
            return List.of();
        }
    }

    private void writeIndex() throws IOException {
        Path temporary = directory.resolve(INDEX + ".tmp");
        Files.write(temporary, OrielJson.mapper().writeValueAsBytes(new Index(entries)));
        Files.move(
                temporary,
                directory.resolve(INDEX),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }
}
