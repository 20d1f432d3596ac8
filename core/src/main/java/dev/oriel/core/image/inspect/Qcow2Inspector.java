package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks a qcow2 file from its header over both levels of its tables. Every entry must be aligned, inside the file, on
 * no metadata, and shared no further than its refcount says. Reads each table once; the number of entries is bounded.
 */
final class Qcow2Inspector {
    private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
    private static final long COPIED = 1L << 63;
    private static final long COMPRESSED = 1L << 62;
    private static final long ZERO = 1;
    private static final int SECTOR = 512;
    /** Of all L2 tables together: 16 TiB in clusters of 64 KiB, and about a second's work. */
    private static final long MAX_L2_ENTRIES = 1L << 28;

    private final ImageBytes image;
    private final Qcow2Head head;
    private final ClusterUse use;
    private final ByteBuffer table;
    private long l2Entries;

    private Qcow2Inspector(ImageBytes image, Qcow2Head head) throws RefusedImageException {
        this.image = image;
        this.head = head;
        this.use = new ClusterUse(image.length(), head.clusterBits());
        this.table = ByteBuffer.allocate(head.clusterSize());
    }

    /** Size of the disk in it, when it is acceptable. */
    static long virtualSize(ImageBytes image, Bytes largest) throws IOException, RefusedImageException {
        Qcow2Head head = Qcow2Head.read(image, largest);
        Qcow2Extensions.check(image, head);
        new Qcow2Inspector(image, head).walk();
        return head.virtualSize();
    }

    private void walk() throws IOException, RefusedImageException {
        use.take(0, 1, "header");
        long refcountTable = (long) head.refcountTableClusters() << head.clusterBits();
        use.take(head.refcountTableOffset(), refcountTable, "refcount table");
        require(head.refcountTableOffset() + refcountTable <= image.length(), "It ends inside its refcount table.");
        long l1 = 8L * head.l1Entries();
        use.take(head.l1Offset(), l1, "L1 table");
        require(head.l1Offset() + l1 <= image.length(), "It ends inside its L1 table.");
        require(
                head.l1Entries() >= Math.ceilDiv(head.virtualSize(), 1L << head.l2Reach()),
                "Its L1 table is too small for its disk.");
        long[] blocks = entries(head.refcountTableOffset(), (int) (refcountTable / 8));
        for (long block : blocks) {
            if (block != 0) {
                require((block & ~OFFSET) == 0, "Its refcount table has reserved bits set.");
                use.take(block, head.clusterSize(), "refcount block");
            }
        }
        for (long entry : entries(head.l1Offset(), head.l1Entries())) {
            walkL1(entry);
        }
        compareRefcounts(blocks);
    }

    private long[] entries(long offset, int count) throws IOException {
        long[] entries = new long[count];
        image.big(offset, 8 * count).asLongBuffer().get(entries);
        return entries;
    }

    private void walkL1(long entry) throws IOException, RefusedImageException {
        long offset = entry & OFFSET;
        require((entry & ~(OFFSET | COPIED)) == 0, "Its L1 table has reserved bits set.");
        if (offset == 0) {
            return;
        }
        use.take(offset, head.clusterSize(), "L2 table");
        l2Entries += head.clusterSize() / 8;
        require(l2Entries <= MAX_L2_ENTRIES, "Its tables are too large: use larger clusters.");
        image.fill(table, offset);
        while (table.hasRemaining()) {
            long mapping = table.getLong();
            if ((mapping & COMPRESSED) != 0) {
                walkCompressed(mapping);
            } else if (mapping != 0) {
                walkL2(mapping);
            }
        }
    }

    private void walkL2(long entry) throws RefusedImageException {
        long zero = head.version() == 3 ? ZERO : 0;
        require((entry & ~(OFFSET | COPIED | zero)) == 0, "An L2 table has reserved bits set.");
        long offset = entry & OFFSET;
        if (offset != 0) {
            use.take(offset, head.clusterSize(), "data");
        }
    }

    private void walkCompressed(long entry) throws RefusedImageException {
        require((entry & COPIED) == 0, "An L2 table has reserved bits set.");
        int offsetBits = 62 - (head.clusterBits() - 8);
        long offset = entry & ((1L << offsetBits) - 1);
        long moreSectors = (entry & (COMPRESSED - 1)) >>> offsetBits;
        long last = (offset / SECTOR + moreSectors) * SECTOR;
        require(offset < image.length() && last < image.length(), "Its compressed data are not inside the file.");
        use.takeCompressed(offset, Math.max(offset, last));
    }

    /** A cluster may have fewer users than its refcount says (a leak), never more. */
    private void compareRefcounts(long[] blocks) throws IOException, RefusedImageException {
        int bits = 1 << head.refcountOrder();
        int perBlock = head.clusterSize() * 8 / bits;
        for (int first = 0, block = 0; first < use.clusters(); first += perBlock, block++) {
            boolean there = block < blocks.length && blocks[block] != 0;
            if (there) {
                image.fill(table, blocks[block]);
            }
            int end = Math.min(perBlock, use.clusters() - first);
            for (int i = 0; i < end; i++) {
                int users = use.of(first + i);
                require(
                        users == 0 || (there && refcountAtLeast(i, bits, users)),
                        "A cluster has more users than its refcount says.");
            }
        }
    }

    private boolean refcountAtLeast(int index, int bits, int users) {
        return switch (bits) {
            case 64 -> Long.compareUnsigned(table.getLong(8 * index), users) >= 0;
            case 32 -> Integer.compareUnsigned(table.getInt(4 * index), users) >= 0;
            case 16 -> Short.toUnsignedInt(table.getShort(2 * index)) >= users;
            case 8 -> Byte.toUnsignedInt(table.get(index)) >= users;
            default -> {
                int perByte = 8 / bits;
                int shifted = Byte.toUnsignedInt(table.get(index / perByte)) >>> (index % perByte * bits);
                yield (shifted & ((1 << bits) - 1)) >= users;
            }
        };
    }
}
