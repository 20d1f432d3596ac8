package dev.oriel.host.vm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps two VM Managers from using one data directory; ends with the process, however that ends. */
final class DataLock implements AutoCloseable {
    private final FileChannel file;

    private DataLock(FileChannel file) {
        this.file = file;
    }

    /** @throws IllegalStateException when another VM Manager has it */
    static DataLock acquire(Path data) throws IOException {
        Files.createDirectories(data.resolve("run"));
        FileChannel file =
                FileChannel.open(data.resolve("run/manager.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = file.tryLock();
            if (lock != null) {
                return new DataLock(file);
            }
        } catch (OverlappingFileLockException e) {
            file.close();
            throw new IllegalStateException("another VM Manager of this process uses " + data, e);
        }
        file.close();
        throw new IllegalStateException("another VM Manager uses " + data);
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            System.getLogger(DataLock.class.getName())
                    .log(System.Logger.Level.WARNING, "a lock file could not be closed", e);
        }
    }
}
