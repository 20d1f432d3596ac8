package dev.oriel.api.template;

import dev.oriel.api.ApiConfig;
import dev.oriel.core.image.ImageDigest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * The images that templates are made of: {@code <uploads>/images/<sha256>}, another name of the upload's bytes, so that
 * the upload may be deleted and no byte is kept twice. Thread-safe.
 */
@Component
class TemplateImages {
    private final Path directory;

    TemplateImages(ApiConfig config) {
        this.directory = config.uploads().resolve("images");
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("the directory of template images cannot be made", e);
        }
    }

    /** Keeps the bytes of {@code upload}, which are already on disk. */
    void keep(ImageDigest digest, Path upload) {
        try {
            Files.createLink(file(digest), upload);
        } catch (FileAlreadyExistsException e) {
            // The same bytes: somebody was here before. Its age begins anew, so that no sweep takes it.
            touch(file(digest));
        } catch (IOException e) {
            throw new UncheckedIOException("an image could not be kept", e);
        }
    }

    Path file(ImageDigest digest) {
        return directory.resolve(digest.value());
    }

    /** Removes images that nobody wants and that have not just been kept. */
    void sweep(Instant before, Predicate<ImageDigest> wanted) {
        for (Path file : files()) {
            ImageDigest digest = new ImageDigest(file.getFileName().toString());
            if (changed(file).isBefore(before) && !wanted.test(digest)) {
                delete(file);
            }
        }
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("[0-9a-f]{64}"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A link to old bytes is young: the inode's change tells, not the content's. */
    private static Instant changed(Path file) {
        try {
            return ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant();
        } catch (IOException e) {
            return Instant.MAX; // gone
        }
    }

    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, Files.getLastModifiedTime(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
