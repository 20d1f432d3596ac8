package dev.oriel.core.host;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.io.InputStream;

/**
 * The disk of a VM as it was at a snapshot: one qcow2 image that refers to no other file.
 *
 * @param size of the image in bytes
 * @param content to be read once, and closed
 */
public record SnapshotImage(Bytes size, InputStream content) implements AutoCloseable {
    @Override
    public void close() throws IOException {
        content.close();
    }
}
