package dev.oriel.host.disk;

import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * Copies of disks for somebody to read once: {@code vms/export/<random>.qcow2}, gone as soon as they are open. One is
 * made at a time. Thread-safe.
 */
public final class DiskExports {
    private final Path directory;
    private final DiskImages images;
    private final Semaphore one = new Semaphore(1, true);

    /** Removes what a crash left in {@code data}. */
    public DiskExports(Path data, DiskImages images) throws IOException {
        this.directory = data.resolve("vms/export");
        this.images = images;
        Files.createDirectories(directory);
        try (Stream<Path> left = Files.list(directory)) {
            for (Path file : left.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /**
     * What a guest would read through {@code links}, as one image.
     *
     * @throws IOException when a file of it is not there (any more), is not what it should be, or is being changed
     */
    public SnapshotImage of(List<DiskLink> links) throws IOException, InterruptedException {
        for (DiskLink link : links) {
            if (Qcow2Header.read(link.file()).dataElsewhere()) {
                throw new DiskException("a file of the disk sends its readers elsewhere");
            }
        }
        Path copy = directory.resolve(UUID.randomUUID() + ".qcow2");
        one.acquire();
        try {
            images.flatten(links, copy);
            // Open, it needs no name: whatever happens now, it is gone when its reader is.
            return new SnapshotImage(new Bytes(Files.size(copy)), Files.newInputStream(copy, StandardOpenOption.READ));
        } finally {
            one.release();
            Files.deleteIfExists(copy);
        }
    }
}
