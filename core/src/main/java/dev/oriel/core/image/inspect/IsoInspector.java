package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * ISO 9660 (ECMA-119): a set of volume descriptors with a primary one whose volume and root directory lie in the file.
 * The 32 KiB before them belong to nobody; {@link Signature} has already seen that they pretend nothing.
 */
final class IsoInspector {
    private static final int SECTOR = 2048;
    private static final int FIRST_DESCRIPTOR = 16;
    private static final int MAX_DESCRIPTORS = 64;
    private static final int PRIMARY = 1;
    private static final int TERMINATOR = 255;
    private static final int ROOT_DIRECTORY = 156;

    private IsoInspector() {}

    static long virtualSize(ImageBytes image) throws IOException, RefusedImageException {
        boolean primary = false;
        for (int number = 0; number < MAX_DESCRIPTORS; number++) {
            long offset = (long) (FIRST_DESCRIPTOR + number) * SECTOR;
            require(offset + SECTOR <= image.length(), "It ends inside its volume descriptors.");
            ByteBuffer descriptor = image.little(offset, SECTOR);
            require(image.has(offset + 1, "CD001"), "Its volume descriptors have no end.");
            int type = Byte.toUnsignedInt(descriptor.get(0));
            if (type == TERMINATOR) {
                require(primary, "It has no primary volume descriptor.");
                return image.length();
            }
            if (type == PRIMARY) {
                checkPrimary(descriptor, image.length());
                primary = true;
            }
        }
        throw new RefusedImageException("It has more volume descriptors than any disc needs.");
    }

    private static void checkPrimary(ByteBuffer descriptor, long length) throws RefusedImageException {
        require(descriptor.get(6) == 1, "Its volume descriptor is of an unknown version.");
        int block = Short.toUnsignedInt(descriptor.getShort(128));
        require(block == 512 || block == 1024 || block == SECTOR, "Its block size is none of ISO 9660.");
        long blocks = bothOrders(descriptor, 80);
        require(blocks > 0 && blocks * block <= length, "It is cut off: its volume is longer than the file.");
        long root = bothOrders(descriptor, ROOT_DIRECTORY + 2);
        long rootLength = bothOrders(descriptor, ROOT_DIRECTORY + 10);
        require(
                descriptor.get(ROOT_DIRECTORY) >= 34 && root * block + rootLength <= length,
                "Its root directory is not inside the file.");
    }

    /** A number that ISO 9660 writes twice, little-endian and big-endian. */
    private static long bothOrders(ByteBuffer descriptor, int offset) throws RefusedImageException {
        int little = descriptor.getInt(offset);
        require(
                little == Integer.reverseBytes(descriptor.getInt(offset + 4)),
                "A number in its volume descriptor contradicts itself.");
        return Integer.toUnsignedLong(little);
    }
}
