package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The header of a qcow2 file (QEMU's docs/interop/qcow2.txt), checked. It names no other file, holds no secret, no
 * snapshot and no feature that is not known here.
 *
 * @param version 2 or 3
 * @param l1Entries what the header says, bounded
 * @param refcountOrder log2 of a refcount's width in bits
 * @param length of the header itself in bytes: where the extensions begin
 */
record Qcow2Head(
        int version,
        int clusterBits,
        long virtualSize,
        int l1Entries,
        long l1Offset,
        long refcountTableOffset,
        int refcountTableClusters,
        int refcountOrder,
        int length) {
    private static final int V2_LENGTH = 72;
    private static final int V3_LENGTH = 104;
    private static final int KNOWN_LENGTH = 112;
    private static final int MAX_LENGTH = 512;
    private static final int MAX_L1_ENTRIES = 4 << 20;
    private static final long MAX_REFCOUNT_TABLE = 8L << 20;
    private static final int SECTOR = 512;
    private static final long DIRTY = 1;
    private static final long CORRUPT = 1 << 1;
    private static final long DATA_FILE = 1 << 2;
    private static final long COMPRESSION = 1 << 3;
    private static final long EXTENDED_L2 = 1 << 4;
    private static final long LAZY_REFCOUNTS = 1;
    private static final int ZSTD = 1;

    static Qcow2Head read(ImageBytes image, Bytes largest) throws IOException, RefusedImageException {
        require(image.length() >= V2_LENGTH, "It ends inside its header.");
        ByteBuffer head = image.big(0, MAX_LENGTH);
        int version = head.getInt(4);
        require(version == 2 || version == 3, "Only qcow2 of version 2 or 3 is taken.");
        require(
                head.getLong(8) == 0 && head.getInt(16) == 0,
                "It stands on a backing file: flatten it first (qemu-img convert).");
        int clusterBits = head.getInt(20);
        require(clusterBits >= 9 && clusterBits <= 21, "Its cluster size is not between 512 bytes and 2 MiB.");
        require(head.getInt(32) == 0, "It is encrypted.");
        require(head.getInt(60) == 0, "It holds internal snapshots: delete them or flatten it first.");
        int length = V2_LENGTH;
        int refcountOrder = 4;
        if (version == 3) {
            length = checkVersion3(image, head, 1 << clusterBits);
            refcountOrder = head.getInt(96);
            require(refcountOrder >= 0 && refcountOrder <= 6, "Its refcounts have an impossible width.");
        }
        return new Qcow2Head(
                version,
                clusterBits,
                checkedSize(head.getLong(24), largest),
                checkedCount(head.getInt(36), MAX_L1_ENTRIES, "Its L1 table has an impossible size."),
                head.getLong(40),
                head.getLong(48),
                checkedCount(
                        head.getInt(56),
                        MAX_REFCOUNT_TABLE >> clusterBits,
                        "Its refcount table has an impossible size."),
                refcountOrder,
                length);
    }

    int clusterSize() {
        return 1 << clusterBits;
    }

    /** Guest bytes that one L2 table maps, as a power of two. */
    int l2Reach() {
        return 2 * clusterBits - 3;
    }

    private static int checkVersion3(ImageBytes image, ByteBuffer head, int clusterSize) throws RefusedImageException {
        require(image.length() >= V3_LENGTH, "It ends inside its header.");
        checkFeatures(head);
        int length = head.getInt(100);
        require(
                length >= V3_LENGTH && length <= Math.min(MAX_LENGTH, clusterSize) && length % 8 == 0,
                "Its header has an impossible length.");
        for (int offset = KNOWN_LENGTH; offset < length; offset++) {
            require(head.get(offset) == 0, "Its header has fields that are not known.");
        }
        boolean typed = (head.getLong(72) & COMPRESSION) != 0;
        int type = length > V3_LENGTH ? Byte.toUnsignedInt(head.get(V3_LENGTH)) : 0;
        require(typed ? type == ZSTD : type == 0, "Its compression is not known.");
        return length;
    }

    private static void checkFeatures(ByteBuffer head) throws RefusedImageException {
        long incompatible = head.getLong(72);
        require((incompatible & CORRUPT) == 0, "It is marked as corrupt.");
        require((incompatible & DIRTY) == 0, "It was not closed cleanly: repair it first (qemu-img check -r all).");
        require((incompatible & DATA_FILE) == 0, "Its data are in another file: flatten it first (qemu-img convert).");
        require((incompatible & EXTENDED_L2) == 0, "It has extended L2 entries, which are not taken.");
        require((incompatible & ~COMPRESSION) == 0, "It needs features that are not known.");
        require((head.getLong(80) & ~LAZY_REFCOUNTS) == 0, "It has features that are not known.");
        require(head.getLong(88) == 0, "It has bitmaps or other extras: flatten it first (qemu-img convert).");
    }

    private static long checkedSize(long size, Bytes largest) throws RefusedImageException {
        require(size > 0, "Its disk has an impossible size.");
        require(size <= largest.value(), "Its disk is larger than the " + largest.value() + " bytes allowed.");
        require(size % SECTOR == 0, "Its disk is not a whole number of sectors of 512 bytes.");
        return size;
    }

    private static int checkedCount(int count, long most, String reason) throws RefusedImageException {
        require(count > 0 && count <= most, reason);
        return count;
    }
}
