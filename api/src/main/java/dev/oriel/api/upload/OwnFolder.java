package dev.oriel.api.upload;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder of this process among those of its replicas, held by a lock that ends with the process however it ends: so
 * whoever comes next can tell what nobody writes to any more. Closing it removes it.
 */
final class OwnFolder implements AutoCloseable {
    /** Empty, beside the files. */
    static final String LOCK = ".held";

    private static final String NAMES = "[0-9a-f-]{36}";

    private final Path path;
    private final FileChannel channel;

    private OwnFolder(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** A fresh one below {@code parent}. */
    static OwnFolder in(Path parent) throws IOException {
        // Held under another name first: no sweeper sees it unheld.
        Path fresh = Files.createDirectories(parent).resolve("new-" + UUID.randomUUID());
        Files.createDirectory(fresh);
        FileChannel channel =
                FileChannel.open(fresh.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            throw new IOException("a fresh file is locked by somebody else");
        }
        return new OwnFolder(Files.move(fresh, parent.resolve(UUID.randomUUID().toString())), channel);
    }

    Path path() {
        return path;
    }

    /** Removes the folders of processes that ended, with all that is in them; answers the names of those files. */
    static List<String> removeOrphans(Path parent) throws IOException {
        List<String> removed = new ArrayList<>();
        List<Path> folders;
        try (Stream<Path> all = Files.list(parent)) {
            folders = all.filter(Files::isDirectory)
                    .filter(folder -> folder.getFileName().toString().matches(NAMES))
                    .toList();
        }
        for (Path folder : folders) {
            try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                if (lock != null) {
                    removed.addAll(remove(folder));
                }
            } catch (OverlappingFileLockException | java.nio.file.NoSuchFileException e) {
                // Held by this very process, or removed by another one just now.
            }
        }
        return removed;
    }

    private static List<String> remove(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
                names.add(file.getFileName().toString());
            }
        }
        Files.deleteIfExists(folder);
        return names;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        remove(path);
    }
}
