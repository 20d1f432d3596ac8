package dev.oriel.api.template;

import dev.oriel.api.ApiConfig;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.image.inspect.ImageInspector;
import dev.oriel.core.image.inspect.ImageVerdict;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * The images that templates are made of: {@code <uploads>/images/<sha256>}, another name of the upload's bytes, so that
 * the upload may be deleted and no byte is kept twice. Thread-safe.
 */
@Component
class TemplateImages {
    /** Left free for the database and for uploads. */
    private static final long RESERVE = 1L << 30;

    private static final String PART = ".part";
    private static final String PART_NAME = "[0-9a-f-]{36}\\.part";

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

    /**
     * Bytes that have come and are on disk, under no name yet; closed without having been kept, they are gone.
     */
    record Received(TemplateImages images, Path part, Bytes size, ImageDigest sha256) implements AutoCloseable {
        /** What it is; it should be a qcow2. */
        ImageVerdict judge(Bytes largest) throws IOException {
            return ImageInspector.inspect(part, Optional.of(ImageFormat.QCOW2), largest);
        }

        /** Keeps it under its digest. */
        void keep() throws IOException {
            Files.move(part, images.file(sha256), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(part);
        }
    }

    /** Takes in an image from a host. */
    Received receive(SnapshotImage image) throws IOException {
        if (directory.toFile().getUsableSpace() - image.size().value() < RESERVE) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "There is not enough room for this template.");
        }
        Path part = directory.resolve(UUID.randomUUID() + PART);
        boolean whole = false;
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                DigestInputStream content = new DigestInputStream(image.content(), sha256())) {
            long size = content.transferTo(Channels.newOutputStream(file));
            if (size != image.size().value()) {
                throw new IOException("the image did not come whole");
            }
            file.force(true);
            whole = true;
            return new Received(
                    this,
                    part,
                    image.size(),
                    new ImageDigest(
                            HexFormat.of().formatHex(content.getMessageDigest().digest())));
        } finally {
            if (!whole) {
                Files.deleteIfExists(part);
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    Path file(ImageDigest digest) {
        return directory.resolve(digest.value());
    }

    /** Removes images that nobody wants and that have not just been kept. */
    void sweep(Instant before, Predicate<ImageDigest> wanted) {
        for (Path part : files(PART_NAME)) {
            if (changed(part).isBefore(before)) {
                delete(part);
            }
        }
        for (Path file : files("[0-9a-f]{64}")) {
            ImageDigest digest = new ImageDigest(file.getFileName().toString());
            if (changed(file).isBefore(before) && !wanted.test(digest)) {
                delete(file);
            }
        }
    }

    private List<Path> files(String shape) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches(shape))
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
