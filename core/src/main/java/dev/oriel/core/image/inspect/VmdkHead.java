package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The header of a hosted sparse VMDK extent (VMware's "Virtual Disk Format 5.0"), checked. Numbers are in sectors of
 * 512 bytes.
 *
 * @param capacity of the disk
 * @param grain how much one entry maps
 * @param compressed whether grains are deflated (a streamOptimized image)
 * @param zeroed whether entry 1 means a grain of zeros
 */
record VmdkHead(
        long capacity,
        long grain,
        long descriptorOffset,
        long descriptorSize,
        long directoryOffset,
        boolean compressed,
        boolean zeroed) {
    static final int SECTOR = 512;
    static final int TABLE_ENTRIES = 512;
    private static final int NEWLINES = 1;
    private static final int REDUNDANT = 1 << 1;
    private static final int ZEROED = 1 << 2;
    private static final int COMPRESSED = 1 << 16;
    private static final int MARKERS = 1 << 17;
    private static final int KNOWN = NEWLINES | REDUNDANT | ZEROED | COMPRESSED | MARKERS;
    private static final int MAX_DESCRIPTOR = 40;
    private static final long AT_END = -1;
    private static final int FOOTER_MARKER = 3;

    /** Reads the header, and the footer that replaces it in a streamOptimized image. */
    static VmdkHead read(ImageBytes image, Bytes largest) throws IOException, RefusedImageException {
        require(
                image.has(0, "KDMV"),
                "Its data are in other files, or it is of an old kind: convert it to qcow2 first.");
        VmdkHead head = at(image, 0, largest);
        if (head.directoryOffset != AT_END) {
            return head;
        }
        long footer = image.length() - 3L * SECTOR;
        require(footer > 0 && image.has(footer + SECTOR, "KDMV"), "It ends without its footer.");
        ByteBuffer marker = image.little(footer, SECTOR);
        require(marker.getInt(8) == 0 && marker.getInt(12) == FOOTER_MARKER, "It ends without its footer.");
        VmdkHead last = at(image, footer + SECTOR, largest);
        require(last.sameBut(head), "Its footer contradicts its header.");
        require(last.directoryOffset != AT_END, "It has no grain directory.");
        return last;
    }

    private boolean sameBut(VmdkHead first) {
        return capacity == first.capacity
                && grain == first.grain
                && descriptorOffset == first.descriptorOffset
                && descriptorSize == first.descriptorSize
                && compressed == first.compressed
                && zeroed == first.zeroed;
    }

    private static VmdkHead at(ImageBytes image, long offset, Bytes largest) throws IOException, RefusedImageException {
        require(image.length() >= offset + SECTOR, "It ends inside its header.");
        ByteBuffer head = image.little(offset, SECTOR);
        int version = head.getInt(4);
        require(version >= 1 && version <= 3, "Its version is not known.");
        int flags = head.getInt(8);
        require((flags & ~KNOWN) == 0, "It has features that are not known.");
        require(image.has(offset + 73, "\n \r\n"), "It was damaged by a text-mode transfer.");
        boolean compressed = (flags & COMPRESSED) != 0;
        require(
                Short.toUnsignedInt(head.getShort(77)) == (compressed ? 1 : 0)
                        && compressed == ((flags & MARKERS) != 0),
                "Its compression is not known.");
        require(head.getInt(44) == TABLE_ENTRIES, "Its grain tables have an odd size.");
        return new VmdkHead(
                checkedCapacity(head.getLong(12), largest),
                checkedGrain(head.getLong(20)),
                checkedSectors(head.getLong(28), 1, image.length() / SECTOR),
                checkedSectors(head.getLong(36), 1, MAX_DESCRIPTOR),
                head.getLong(56),
                compressed,
                (flags & ZEROED) != 0);
    }

    private static long checkedCapacity(long sectors, Bytes largest) throws RefusedImageException {
        require(sectors > 0, "Its disk has an impossible size, or its data are in other files.");
        require(
                sectors <= largest.value() / SECTOR,
                "Its disk is larger than the " + largest.value() + " bytes allowed.");
        return sectors;
    }

    private static long checkedGrain(long sectors) throws RefusedImageException {
        require(sectors >= 8 && sectors <= 4096 && Long.bitCount(sectors) == 1, "Its grains have an odd size.");
        return sectors;
    }

    private static long checkedSectors(long sectors, long least, long most) throws RefusedImageException {
        require(sectors >= least && sectors <= most, "Its descriptor is not where it should be.");
        return sectors;
    }
}
