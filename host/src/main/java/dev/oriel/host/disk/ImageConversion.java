package dev.oriel.host.disk;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.image.inspect.ImageInspector;
import dev.oriel.core.image.inspect.ImageVerdict;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Turns an image that a stranger gave into a plain qcow2 of our own. The image is judged first; then qemu-img, told
 * every driver and that there is no backing file, reads it in a {@link Jail} where nothing else can be reached; then
 * what it wrote is judged too. Used by one thread at a time.
 */
public final class ImageConversion {
    private static final Duration LEAST_LIMIT = Duration.ofMinutes(2);
    private static final long SLOWEST_BYTES_PER_SECOND = 10L << 20;
    /** Tables of a qcow2 take less than 1/1000 of its disk, and a little. */
    private static final long TABLE_SHARE = 1000;

    private static final long TABLES = 16L << 20;
    /** Left free for guests, which would suffer from a full disk. */
    private static final long RESERVE = 1L << 30;

    private final Path directory;
    private final Jail jail;
    private final OptionalInt uid;

    /**
     * Removes what a crash left.
     *
     * @param data the host's data directory
     * @param uid that the conversion runs under when this process is root; needed by nobody else
     */
    public ImageConversion(Path data, OptionalInt uid) throws IOException {
        this.directory = data.resolve("vms/import");
        this.jail = new Jail(Program.need("qemu-img"));
        this.uid = uid;
        Files.createDirectories(directory);
        try (Stream<Path> left = Files.list(directory)) {
            for (Path work : left.toList()) {
                deleteTree(work);
            }
        }
    }

    /** How it ended. */
    public sealed interface Result {
        /** {@code file} is whole, on disk and the caller's to move or delete. */
        record Converted(Path file, Bytes virtualSize) implements Result {}

        /** {@code reason} is a sentence for the image's owner. */
        record Failed(String reason) implements Result {}
    }

    /**
     * Converts {@code source}.
     *
     * @param format what it was judged to be when it arrived
     * @param largest virtual size that is accepted
     * @throws IOException when the host itself fails; it says nothing about the image
     */
    public Result convert(Path source, ImageFormat format, Bytes largest) throws IOException, InterruptedException {
        return switch (ImageInspector.inspect(source, Optional.of(format), largest)) {
            case ImageVerdict.Refused(String reason) -> new Result.Failed(reason);
            case ImageVerdict.Accepted(ImageFormat judged, Bytes size) -> converted(source, judged, size);
        };
    }

    private Result converted(Path source, ImageFormat format, Bytes size) throws IOException, InterruptedException {
        long most = size.value() + size.value() / TABLE_SHARE + TABLES;
        long free = directory.toFile().getUsableSpace() - RESERVE;
        if (free < Math.min(most, Files.size(source))) {
            return new Result.Failed("This host has no room for it.");
        }
        Path work = directory.resolve(UUID.randomUUID().toString());
        boolean kept = false;
        try {
            Path output = prepare(work);
            Jail.Limits limits = new Jail.Limits(new Bytes(Math.min(most, free)), limitFor(size));
            Program.Result run = jail.run(arguments(format), source, work.resolve("root"), output, uid, limits);
            Path made = output.resolve("disk.qcow2");
            if (!run.succeeded()) {
                System.getLogger(ImageConversion.class.getName())
                        .log(System.Logger.Level.WARNING, "a conversion failed: {0}", run.output());
                return new Result.Failed("It could not be converted.");
            }
            Result result = judged(made, size, directory.resolve(work.getFileName() + ".qcow2"));
            kept = result instanceof Result.Converted;
            return result;
        } finally {
            deleteTree(work);
            if (!kept) {
                Files.deleteIfExists(directory.resolve(work.getFileName() + ".qcow2"));
            }
        }
    }

    /** What the jail wrote is as little trusted as what went in. */
    private static Result judged(Path made, Bytes size, Path place) throws IOException {
        if (!Files.isRegularFile(made, LinkOption.NOFOLLOW_LINKS)) {
            return new Result.Failed("It could not be converted.");
        }
        Files.move(made, place);
        ImageVerdict verdict = ImageInspector.inspect(place, Optional.of(ImageFormat.QCOW2), size);
        if (!verdict.equals(new ImageVerdict.Accepted(ImageFormat.QCOW2, size))) {
            return new Result.Failed("It could not be converted.");
        }
        if ((Integer) Files.getAttribute(place, "unix:uid") != ownUid()) {
            Files.setAttribute(place, "unix:uid", ownUid());
        }
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("r--r--r--"));
        return new Result.Converted(place, size);
    }

    private static int ownUid() throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    private Path prepare(Path work) throws IOException {
        Path output = work.resolve("out");
        Files.createDirectories(work.resolve("root"));
        Files.createDirectory(output);
        Files.setPosixFilePermissions(output, PosixFilePermissions.fromString("rwx------"));
        if (uid.isPresent()) {
            Files.setAttribute(output, "unix:uid", uid.getAsInt());
        }
        return output;
    }

    private static List<String> arguments(ImageFormat format) {
        String file = "\"file\":{\"driver\":\"file\",\"filename\":\"" + Jail.INPUT + "\"}";
        String source = switch (format) {
            case QCOW2 -> "{\"driver\":\"qcow2\",\"backing\":null," + file + "}";
            case VMDK -> "{\"driver\":\"vmdk\",\"backing\":null," + file + "}";
            case RAW, ISO -> "{\"driver\":\"raw\"," + file + "}";
        };
        return new ArrayList<>(List.of(
                "convert",
                "-q",
                "-O",
                "qcow2",
                "-o",
                "compat=1.1,cluster_size=65536,lazy_refcounts=off",
                "json:" + source,
                Jail.OUTPUT + "/disk.qcow2"));
    }

    private static Duration limitFor(Bytes size) {
        return LEAST_LIMIT.plusSeconds(size.value() / SLOWEST_BYTES_PER_SECOND);
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
