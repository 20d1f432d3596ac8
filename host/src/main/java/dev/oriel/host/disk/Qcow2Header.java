package dev.oriel.host.disk;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What Oriel needs from the head of a qcow2 file (docs/interop/qcow2.txt of QEMU), read without trusting it: no
 * process, no format probing.
 *
 * @param version 2 or 3
 * @param virtualSize of the disk the guest sees
 * @param selfContained neither a backing file nor an external data file: all its data is in the file itself
 * @param dataElsewhere its guest's data lies in a file of another name, which Oriel never makes
 */
public record Qcow2Header(int version, Bytes virtualSize, boolean selfContained, boolean dataElsewhere) {
    private static final int MAGIC = 0x514649fb;
    private static final int LENGTH = 80;
    private static final int EXTERNAL_DATA_FILE = 1 << 2;

    /**
     * Reads {@code file}.
     *
     * @throws IOException when it cannot be read or is no qcow2
     */
    public static Qcow2Header read(Path file) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(LENGTH);
        try (FileChannel channel = FileChannel.open(file)) {
            for (int read = 0; head.hasRemaining() && read >= 0; ) {
                read = channel.read(head);
            }
        }
        if (head.hasRemaining() || head.getInt(0) != MAGIC) {
            throw new IOException("not a qcow2 image");
        }
        int version = head.getInt(4);
        if (version != 2 && version != 3) {
            throw new IOException("a qcow2 version that is not known");
        }
        long backingFile = head.getLong(8);
        long virtualSize = head.getLong(24);
        if (virtualSize < 0) {
            throw new IOException("a qcow2 size that cannot be");
        }
        boolean external = version == 3 && (head.getLong(72) & EXTERNAL_DATA_FILE) != 0;
        return new Qcow2Header(version, new Bytes(virtualSize), backingFile == 0 && !external, external);
    }
}
