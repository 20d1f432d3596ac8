package dev.oriel.it;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The smallest disc that boots on a PC: ISO 9660 with an El Torito no-emulation entry. Its 16-bit program fills the
 * screen with dark red, and then with the colour of each key typed.
 */
final class BootableDisc {
    private static final int SECTOR = 2048;
    private static final int CATALOG = 19;
    private static final int PROGRAM = 20;
    private static final int ROOT_DIRECTORY = 21;
    private static final int SECTORS = 200;

    private BootableDisc() {}

    static byte[] bytes() {
        ByteBuffer disc = ByteBuffer.allocate(SECTORS * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        primaryDescriptor(disc);
        bootRecord(disc);
        disc.put(18 * SECTOR, (byte) 255).put(18 * SECTOR + 1, ascii("CD001")).put(18 * SECTOR + 6, (byte) 1);
        bootCatalog(disc);
        disc.put(PROGRAM * SECTOR, program());
        directoryRecord(disc, ROOT_DIRECTORY * SECTOR, 0);
        directoryRecord(disc, ROOT_DIRECTORY * SECTOR + 34, 1);
        return disc.array();
    }

    /** Mode 13h; fill A000:0000 with colour AL; wait for a key; again with its code. */
    private static byte[] program() {
        int[] code = {
            0xFC, 0xB8, 0x13, 0x00, 0xCD, 0x10, 0xB8, 0x00, 0xA0, 0x8E, 0xC0, 0xB0, 0x04, // set up, AL = 4
            0x31, 0xFF, 0xB9, 0x00, 0xFA, 0xF3, 0xAA, 0x31, 0xC0, 0xCD, 0x16, 0xEB, 0xF3 // fill, key, again
        };
        byte[] bytes = new byte[code.length];
        for (int i = 0; i < code.length; i++) {
            bytes[i] = (byte) code[i];
        }
        return bytes;
    }

    private static void primaryDescriptor(ByteBuffer disc) {
        int at = 16 * SECTOR;
        disc.put(at, (byte) 1).put(at + 1, ascii("CD001")).put(at + 6, (byte) 1);
        disc.put(at + 8, ascii(" ".repeat(64))).put(at + 40, ascii("ORIEL_TEST"));
        bothEndian(disc, at + 80, SECTORS);
        disc.putShort(at + 120, (short) 1).put(at + 123, (byte) 1);
        disc.putShort(at + 124, (short) 1).put(at + 127, (byte) 1);
        disc.putShort(at + 128, (short) SECTOR).put(at + 130, (byte) 8).put(at + 131, (byte) 0);
        directoryRecord(disc, at + 156, 0);
        disc.put(at + 881, (byte) 1);
    }

    private static void bootRecord(ByteBuffer disc) {
        int at = 17 * SECTOR;
        disc.put(at, (byte) 0).put(at + 1, ascii("CD001")).put(at + 6, (byte) 1);
        disc.put(at + 7, ascii("EL TORITO SPECIFICATION")).putInt(at + 0x47, CATALOG);
    }

    private static void bootCatalog(ByteBuffer disc) {
        int at = CATALOG * SECTOR;
        // The words of the validation entry add up to zero: 0001 + 55AA + checksum
        disc.put(at, (byte) 1).putShort(at + 28, (short) (0x10000 - 0x0001 - 0xAA55));
        disc.put(at + 30, (byte) 0x55).put(at + 31, (byte) 0xAA);
        disc.put(at + 32, (byte) 0x88).putShort(at + 38, (short) 4).putInt(at + 40, PROGRAM);
    }

    private static void directoryRecord(ByteBuffer disc, int at, int name) {
        disc.put(at, (byte) 34);
        bothEndian(disc, at + 2, ROOT_DIRECTORY);
        bothEndian(disc, at + 10, SECTOR);
        disc.put(at + 25, (byte) 2).putShort(at + 28, (short) 1).put(at + 31, (byte) 1);
        disc.put(at + 32, (byte) 1).put(at + 33, (byte) name);
    }

    private static void bothEndian(ByteBuffer disc, int at, int value) {
        disc.putInt(at, value).putInt(at + 4, Integer.reverseBytes(value));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
