package dev.oriel.host.disk;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Writes qcow2 layers that hold nothing yet (docs/interop/qcow2.txt of QEMU, version 3): what {@code qemu-img create}
 * does, without a process. In the file: header, refcount table, refcount block, L1 table, each
 * in a cluster of its own, zeros left out.
 */
final class NewQcow2 {
    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;
    private static final int HEADER_LENGTH = 104;
    private static final int REFCOUNT_ORDER = 4;
    private static final int BELOW_FORMAT = 0xe2792aca;
    private static final byte[] QCOW2 = "qcow2".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_NAME = 1023;
    private static final int SECTOR = 512;
    /** What one entry of the L1 table spans. */
    private static final long REACH = (long) CLUSTER / Long.BYTES * CLUSTER;
    /** Of QEMU: 32 MiB. */
    private static final long MAX_L1 = 32L << 20;

    private NewQcow2() {}

    /**
     * Writes {@code file}, over whatever was there.
     *
     * @param below the qcow2 file that shows where this one holds nothing; only its name is noted
     * @throws IOException when it cannot be written, or no qcow2 can be like this
     */
    static void write(Path file, Optional<Path> below, Bytes size) throws IOException {
        long bytes = Math.ceilDiv(size.value(), SECTOR) * SECTOR;
        long entries = Math.ceilDiv(bytes, REACH);
        byte[] name = below.map(path -> path.toString().getBytes(StandardCharsets.UTF_8))
                .orElse(new byte[0]);
        if (entries * Long.BYTES > MAX_L1 || name.length > MAX_NAME) {
            throw new DiskException("no qcow2 can be that large or stand on a file of that name");
        }
        int clusters = Math.toIntExact(3 + Math.ceilDiv(entries * Long.BYTES, CLUSTER));
        ByteBuffer counts = ByteBuffer.allocate(clusters * Short.BYTES);
        while (counts.hasRemaining()) {
            counts.putShort((short) 1);
        }
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            put(channel, header(bytes, Math.toIntExact(entries), name), 0);
            put(channel, ByteBuffer.allocate(Long.BYTES).putLong(2L * CLUSTER), CLUSTER);
            put(channel, counts, 2L * CLUSTER);
            // The L1 table is zeros: up to its last byte there is nothing to write.
            put(channel, ByteBuffer.allocate(1).put((byte) 0), (long) clusters * CLUSTER - 1);
        }
    }

    private static ByteBuffer header(long size, int entries, byte[] below) {
        ByteBuffer header = ByteBuffer.allocate(CLUSTER);
        boolean alone = below.length == 0;
        int extensions = alone ? 8 : 24;
        header.putInt(0x514649fb).putInt(3).putLong(alone ? 0 : HEADER_LENGTH + extensions);
        header.putInt(below.length).putInt(CLUSTER_BITS).putLong(size).putInt(0);
        header.putInt(entries).putLong(3L * CLUSTER);
        header.putLong(CLUSTER).putInt(1).putInt(0).putLong(0);
        header.putLong(0).putLong(0).putLong(0).putInt(REFCOUNT_ORDER).putInt(HEADER_LENGTH);
        if (!alone) {
            header.putInt(BELOW_FORMAT).putInt(QCOW2.length).put(QCOW2).put(new byte[8 - QCOW2.length]);
        }
        // The end of the extensions: type and length 0.
        return header.putLong(0).put(below);
    }

    private static void put(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        bytes.flip();
        for (long position = at; bytes.hasRemaining(); ) {
            position += channel.write(bytes, position);
        }
    }
}
