package dev.oriel.host.vm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A disc that only UEFI can start, made from nothing: ISO 9660 with one El Torito entry for UEFI, a FAT12 file system,
 * and in it {@code \EFI\BOOT\BOOTX64.EFI}, which paints the screen red and stays.
 */
final class UefiDisc {
    private static final int SECTOR = 2048;
    private static final int BLOCK = 512;
    private static final int CATALOGUE = 19;
    private static final int FLOPPY = 20;
    private static final int FLOPPY_BLOCKS = 100;
    private static final int SECTORS = 200;

    /** What it does, in machine code of 64 bits: text output of the system table, white on red, clear, for ever. */
    private static final String PROGRAM = "53" // push rbx
            + "4883ec20" // sub rsp, 32
            + "488b5a40" // mov rbx, [rdx + 64]: ConOut
            + "4889d9" // mov rcx, rbx
            + "ba4f000000" // mov edx, white on red
            + "ff5328" // call [rbx + 40]: SetAttribute
            + "4889d9" // mov rcx, rbx
            + "ff5330" // call [rbx + 48]: ClearScreen
            + "f390ebfc"; // pause, again

    private UefiDisc() {}

    static byte[] bytes() {
        ByteBuffer disc = ByteBuffer.allocate(SECTORS * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        descriptor(disc, 16, 1);
        disc.putInt(16 * SECTOR + 80, SECTORS).order(ByteOrder.BIG_ENDIAN).putInt(16 * SECTOR + 84, SECTORS);
        disc.order(ByteOrder.LITTLE_ENDIAN);
        disc.putShort(16 * SECTOR + 128, (short) SECTOR);
        descriptor(disc, 17, 0);
        disc.put(17 * SECTOR + 7, ascii("EL TORITO SPECIFICATION")).putInt(17 * SECTOR + 0x47, CATALOGUE);
        descriptor(disc, 18, 255);
        catalogue(disc, CATALOGUE * SECTOR);
        disc.put(FLOPPY * SECTOR, floppy());
        return disc.array();
    }

    private static void descriptor(ByteBuffer disc, int sector, int kind) {
        disc.put(sector * SECTOR, (byte) kind).put(sector * SECTOR + 1, ascii("CD001"));
        disc.put(sector * SECTOR + 6, (byte) 1);
    }

    private static void catalogue(ByteBuffer disc, int at) {
        // The words of the first entry add up to zero.
        disc.put(at, (byte) 1).put(at + 1, (byte) 0xef).putShort(at + 28, (short) (0x10000 - 0xef01 - 0xaa55));
        disc.put(at + 30, (byte) 0x55).put(at + 31, (byte) 0xaa);
        disc.put(at + 32, (byte) 0x88).putShort(at + 38, (short) FLOPPY_BLOCKS).putInt(at + 40, FLOPPY);
    }

    /** FAT12: one block of boot sector, one of allocation table, one of root directory, then clusters from 2 on. */
    private static byte[] floppy() {
        ByteBuffer fat = ByteBuffer.allocate(FLOPPY_BLOCKS * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        fat.put(0, HexFormat.of().parseHex("eb3c90")).put(3, ascii("ORIEL   "));
        fat.putShort(11, (short) BLOCK)
                .put(13, (byte) 1)
                .putShort(14, (short) 1)
                .put(16, (byte) 1);
        fat.putShort(17, (short) 16).putShort(19, (short) FLOPPY_BLOCKS).put(21, (byte) 0xf8);
        fat.putShort(22, (short) 1).putShort(24, (short) 32).putShort(26, (short) 2);
        fat.put(38, (byte) 0x29).put(43, ascii("ORIELTEST  FAT12   "));
        fat.put(510, (byte) 0x55).put(511, (byte) 0xaa);
        int[] next = {0xff8, 0xfff, 0xfff, 0xfff, 5, 0xfff};
        for (int i = 0; i < next.length; i += 2) {
            int at = BLOCK + i / 2 * 3;
            fat.put(at, (byte) next[i]).put(at + 1, (byte) (next[i] >> 8 | next[i + 1] << 4));
            fat.put(at + 2, (byte) (next[i + 1] >> 4));
        }
        byte[] program = program();
        entry(fat, 2 * BLOCK, "EFI        ", 0x10, 2, 0);
        entry(fat, cluster(2), ".          ", 0x10, 2, 0);
        entry(fat, cluster(2) + 32, "..         ", 0x10, 0, 0);
        entry(fat, cluster(2) + 64, "BOOT       ", 0x10, 3, 0);
        entry(fat, cluster(3), ".          ", 0x10, 3, 0);
        entry(fat, cluster(3) + 32, "..         ", 0x10, 2, 0);
        entry(fat, cluster(3) + 64, "BOOTX64 EFI", 0x20, 4, program.length);
        fat.put(cluster(4), program);
        return fat.array();
    }

    private static int cluster(int number) {
        return (3 + number - 2) * BLOCK;
    }

    private static void entry(ByteBuffer fat, int at, String name, int kind, int cluster, int size) {
        fat.put(at, ascii(name))
                .put(at + 11, (byte) kind)
                .putShort(at + 26, (short) cluster)
                .putInt(at + 28, size);
    }

    /** PE32+ with one section, of which nothing depends on where it is loaded. */
    private static byte[] program() {
        ByteBuffer file = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        file.put(0, ascii("MZ")).putInt(0x3c, 0x40).put(0x40, ascii("PE"));
        int coff = 0x44;
        file.putShort(coff, (short) 0x8664).putShort(coff + 2, (short) 1);
        file.putShort(coff + 16, (short) 240).putShort(coff + 18, (short) 0x22);
        int optional = coff + 20;
        file.putShort(optional, (short) 0x20b).putInt(optional + 4, 0x200).putInt(optional + 16, 0x1000);
        file.putInt(optional + 20, 0x1000).putInt(optional + 32, 0x1000).putInt(optional + 36, 0x200);
        file.putInt(optional + 56, 0x2000).putInt(optional + 60, 0x200).putShort(optional + 68, (short) 10);
        file.putInt(optional + 108, 16);
        int section = optional + 240;
        file.put(section, ascii(".text")).putInt(section + 8, 0x1000).putInt(section + 12, 0x1000);
        file.putInt(section + 16, 0x200).putInt(section + 20, 0x200).putInt(section + 36, 0x60000020);
        file.put(0x200, HexFormat.of().parseHex(PROGRAM));
        return file.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
