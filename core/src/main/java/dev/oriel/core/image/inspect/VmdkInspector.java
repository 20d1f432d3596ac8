package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;

/**
 * Walks a single-file VMDK (monolithicSparse or streamOptimized): every grain table and grain lies inside the file and
 * is used once. Other kinds of VMDK name further files and are refused. One bit of memory per sector of the file.
 */
final class VmdkInspector {
    private static final int SECTOR = VmdkHead.SECTOR;
    private static final int TABLE_BYTES = 4 * VmdkHead.TABLE_ENTRIES;
    private static final int GRAIN_MARKER = 12;
    private static final long MAX_SECTORS = 1L << 30;
    private static final int CHUNK = 1 << 20;

    private final ImageBytes image;
    private final VmdkHead head;
    private final BitSet used = new BitSet();
    private final ByteBuffer table = ByteBuffer.allocate(TABLE_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private VmdkInspector(ImageBytes image, VmdkHead head) {
        this.image = image;
        this.head = head;
    }

    /** Size of the disk in it, when it is acceptable. */
    static long virtualSize(ImageBytes image, Bytes largest) throws IOException, RefusedImageException {
        VmdkHead head = VmdkHead.read(image, largest);
        VmdkDescriptor.check(image, head);
        new VmdkInspector(image, head).walk();
        return head.capacity() * SECTOR;
    }

    private void walk() throws IOException, RefusedImageException {
        require(image.length() / SECTOR <= MAX_SECTORS, "It is too long for a VMDK.");
        long tables = Math.ceilDiv(Math.ceilDiv(head.capacity(), head.grain()), VmdkHead.TABLE_ENTRIES);
        take(0, 1);
        take(head.descriptorOffset(), head.descriptorSize());
        take(head.directoryOffset(), Math.ceilDiv(4 * tables, SECTOR));
        int perChunk = CHUNK / 4;
        for (long first = 0; first < tables; first += perChunk) {
            int count = (int) Math.min(perChunk, tables - first);
            ByteBuffer directory = image.little(head.directoryOffset() * SECTOR + 4 * first, 4 * count);
            for (int i = 0; i < count; i++) {
                walkTable(first + i, Integer.toUnsignedLong(directory.getInt(4 * i)));
            }
        }
    }

    private void walkTable(long number, long sector) throws IOException, RefusedImageException {
        if (sector == 0) {
            return;
        }
        take(sector, TABLE_BYTES / SECTOR);
        image.fill(table, sector * SECTOR);
        for (int i = 0; i < VmdkHead.TABLE_ENTRIES; i++) {
            long grain = Integer.toUnsignedLong(table.getInt(4 * i));
            if (grain == 0 || (grain == 1 && head.zeroed())) {
                continue;
            }
            long lba = (number * VmdkHead.TABLE_ENTRIES + i) * head.grain();
            require(lba < head.capacity(), "It maps more than its disk.");
            if (head.compressed()) {
                takeCompressed(grain, lba);
            } else {
                take(grain, head.grain());
            }
        }
    }

    private void takeCompressed(long sector, long lba) throws IOException, RefusedImageException {
        ByteBuffer marker = image.little(sector * SECTOR, GRAIN_MARKER);
        long size = Integer.toUnsignedLong(marker.getInt(8));
        require(marker.getLong(0) == lba, "A grain is not the one that its table says.");
        require(size > 0 && size <= 2 * head.grain() * SECTOR, "A compressed grain has an impossible size.");
        take(sector, Math.ceilDiv(GRAIN_MARKER + size, SECTOR));
    }

    private void take(long sector, long count) throws RefusedImageException {
        require(sector >= 0 && sector + count <= Math.ceilDiv(image.length(), SECTOR), "It maps beyond its end.");
        int first = (int) sector;
        int end = (int) (sector + count);
        int next = used.nextSetBit(first);
        require(next < 0 || next >= end, "It uses the same sectors twice.");
        used.set(first, end);
    }
}
