package dev.oriel.app.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds everything one Oriel knows, and its lock: one {@code up} at a time works on it. The kernel
 * takes the lock back when its holder dies, however it dies.
 */
public final class DataDirectory implements AutoCloseable {
    private static final Set<PosixFilePermission> PASSABLE = PosixFilePermissions.fromString("rwx--x--x");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final List<String> PASSABLE_PARTS =
            List.of("", "run", "tls", "vms", "www", "postgres", "redis", "nginx");
    private static final List<String> PRIVATE_PARTS = List.of("keys", "uploads", "logs", "run/child");
    private static final String LOCK = "run/up.lock";
    /** Before the first start: settings, a disk of its own, and what a start left that was cut short. */
    private static final Set<String> MAY_BE_THERE = Stream.of(
                    PASSABLE_PARTS, PRIVATE_PARTS, List.of("oriel.yaml", "lost+found"))
            .flatMap(List::stream)
            .collect(Collectors.toUnmodifiableSet());

    private final Path root;
    private final FileChannel lockFile;

    private DataDirectory(Path root, FileChannel lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /** Where data goes when nobody says: the system's place for root, the user's own for anybody else. */
    public static Path standard(String user, Path home) {
        return user.equals("root") ? Path.of("/var/lib/oriel") : home.resolve(".local/share/oriel");
    }

    /**
     * Makes the directory and its parts where they are missing, and locks it.
     *
     * @throws SetupException when another {@code up} works on it, or it cannot be written
     */
    public static DataDirectory open(Path root) {
        Path absolute = root.toAbsolutePath().normalize();
        prepare(absolute);
        try {
            return new DataDirectory(absolute, lock(absolute));
        } catch (IOException e) {
            throw unusable(absolute, e);
        }
    }

    /**
     * Makes it and its parts where they are missing: before the log begins, which is in it.
     *
     * @throws SetupException when it cannot be written, or is somebody else's
     */
    public static void prepare(Path root) {
        try {
            requireOurs(root);
            for (String part : PASSABLE_PARTS) {
                make(root.resolve(part), PASSABLE);
            }
            for (String part : PRIVATE_PARTS) {
                make(root.resolve(part), PRIVATE);
            }
        } catch (IOException e) {
            throw unusable(root, e);
        }
    }

    private static SetupException unusable(Path root, IOException e) {
        return new SetupException(
                "the data directory " + root + " cannot be used: " + e,
                "choose another one with --data, or mend its permissions");
    }

    /**
     * Its permissions are about to change, and files are about to be put into it: neither may happen to a home, to
     * {@code /etc} or to {@code /tmp}.
     */
    private static void requireOurs(Path root) throws IOException {
        if (!Files.isDirectory(root) || Files.exists(root.resolve(LOCK)) || !isForMore(root)) {
            return;
        }
        try (Stream<Path> there = Files.list(root)) {
            if (there.anyMatch(path -> !MAY_BE_THERE.contains(path.getFileName().toString()))) {
                throw new SetupException(
                        root + " holds files that are not Oriel's", "choose a directory of its own with --data");
            }
        }
    }

    /** Whether it is the system's, somebody's home, or a place where everybody may put files. */
    private static boolean isForMore(Path root) throws IOException {
        return root.getNameCount() <= 1
                || root.equals(Path.of(System.getProperty("user.home")))
                || Files.getPosixFilePermissions(root).contains(PosixFilePermission.OTHERS_WRITE);
    }

    /**
     * Checks that other users can pass through every directory above: servers that run under uids of their own must
     * reach their files.
     *
     * @throws SetupException naming the directory that is closed
     */
    public void requirePassable() {
        for (Path above = root.getParent(); above != null; above = above.getParent()) {
            try {
                if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                    throw new SetupException(
                            "servers under their own uids cannot reach " + root + ": " + above + " is closed to them",
                            "choose another place with --data, or run: chmod o+x " + above);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public Path root() {
        return root;
    }

    public Path resolve(String relative) {
        return root.resolve(relative);
    }

    /** The log of one part. */
    public Path log(String name) {
        return root.resolve("logs").resolve(name + ".log");
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void make(Path directory, Set<PosixFilePermission> permissions) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(directory);
        }
        if (!Files.getPosixFilePermissions(directory).equals(permissions)) {
            Files.setPosixFilePermissions(directory, permissions);
        }
    }

    private static FileChannel lock(Path root) throws IOException {
        Path file = root.resolve(LOCK);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        @Nullable FileLock lock = tryLock(channel);
        if (lock == null) {
            String holder = Files.readString(file).strip();
            channel.close();
            throw new SetupException(
                    "another `oriel up` (" + holder + ") works on " + root,
                    "stop that one first, or choose another directory with --data");
        }
        channel.truncate(0);
        ByteBuffer text = ByteBuffer.wrap(("pid " + ProcessHandle.current().pid() + ", since "
                        + java.time.Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS))
                .getBytes(StandardCharsets.UTF_8));
        while (text.hasRemaining()) {
            channel.write(text);
        }
        return channel;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (java.nio.channels.OverlappingFileLockException e) {
            // Held by this very JVM: as good as held by another one.
            return null;
        }
    }
}
