package dev.oriel.host.disk;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * ISO images given to this host: {@code vms/images/<sha256>.iso}, read-only. An image appears only when its length and
 * digest are right. Thread-safe.
 */
public final class ImageStore {
    private static final int CHUNK = 256 << 10;
    private static final long RESERVE = 256L << 20;

    private final Path directory;

    /** Opens the store and removes what a crash left half written. */
    public ImageStore(Path data) throws IOException {
        directory = data.resolve("vms/images");
        Files.createDirectories(directory);
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path part :
                    entries.filter(file -> file.toString().endsWith(".part")).toList()) {
                Files.deleteIfExists(part);
            }
        }
    }

    /** The image's file, when this host has it. */
    public Optional<Path> find(ImageDigest digest) {
        return Optional.of(fileOf(digest)).filter(Files::isRegularFile);
    }

    /** As {@link dev.oriel.core.host.HostApi#putImage}. */
    public void put(ImageDigest digest, Bytes size, InputStream content) {
        if (find(digest).isPresent()) {
            return;
        }
        Path part = directory.resolve("." + UUID.randomUUID() + ".part");
        try {
            if (directory.toFile().getUsableSpace() < size.value() + RESERVE) {
                throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "this host has no room for the image");
            }
            if (!receive(part, size, content).equals(digest.value())) {
                throw new OrielException(ErrorCode.BAD_REQUEST, "length or SHA-256 is not as announced");
            }
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("r--r--r--"));
            Files.move(part, fileOf(digest), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "the image did not arrive whole", e);
        } finally {
            deleteQuietly(part);
        }
    }

    /** Forgets the image; the caller knows that no VM uses it. Harmless when it is not there. */
    public void drop(ImageDigest digest) {
        deleteQuietly(fileOf(digest));
    }

    /** Writes at most {@code size} bytes; answers their digest, or a text that is none when the length differs. */
    private static String receive(Path part, Bytes size, InputStream content) throws IOException {
        MessageDigest sha256 = sha256();
        byte[] chunk = new byte[CHUNK];
        long length = 0;
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                length += read;
                if (length > size.value()) {
                    return "too long";
                }
                sha256.update(chunk, 0, read);
                ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, read);
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
            }
            file.force(true);
        }
        return length == size.value() ? HexFormat.of().formatHex(sha256.digest()) : "too short";
    }

    private Path fileOf(ImageDigest digest) {
        return directory.resolve(digest + ".iso");
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(ImageStore.class.getName())
                    .log(System.Logger.Level.WARNING, "an image file could not be removed", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
