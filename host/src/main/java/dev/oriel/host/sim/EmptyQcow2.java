package dev.oriel.host.sim;

import dev.oriel.core.unit.Bytes;
import java.nio.ByteBuffer;

/** The smallest qcow2 image of an empty disk: header, refcounts and an empty L1 table. */
final class EmptyQcow2 {
    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;
    private static final int HEADER_LENGTH = 104;
    private static final int REFCOUNT_ORDER = 4;
    /** What one entry of the L1 table spans. */
    private static final long REACH = (long) CLUSTER / 8 * CLUSTER;

    private EmptyQcow2() {}

    static byte[] of(Bytes size) {
        int entries = Math.toIntExact(Math.ceilDiv(size.value(), REACH));
        int tables = Math.ceilDiv(8 * entries, CLUSTER);
        ByteBuffer image = ByteBuffer.allocate((3 + tables) * CLUSTER);
        image.putInt(0x514649fb).putInt(3).putLong(0).putInt(0).putInt(CLUSTER_BITS);
        image.putLong(size.value()).putInt(0).putInt(entries).putLong(3L * CLUSTER);
        image.putLong(CLUSTER).putInt(1).putInt(0).putLong(0);
        image.putLong(0).putLong(0).putLong(0).putInt(REFCOUNT_ORDER).putInt(HEADER_LENGTH);
        image.putLong(CLUSTER, 2L * CLUSTER);
        for (int cluster = 0; cluster < 3 + tables; cluster++) {
            image.putShort(2 * CLUSTER + 2 * cluster, (short) 1);
        }
        return image.array();
    }
}
