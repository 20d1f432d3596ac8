package dev.oriel.core.image.inspect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * The signatures by which QEMU (its {@code bdrv_probe} functions) and other tools know an image format. A file may
 * bear one at most: one with two is read differently by different readers, which is how such files attack.
 */
enum Signature {
    QCOW("a qcow2 image"),
    VMDK("a VMDK image"),
    ISO("an ISO 9660 disc"),
    VHD("a VHD image"),
    VHDX("a VHDX image"),
    VDI("a VDI image"),
    QED("a QED image"),
    LUKS("an encrypted (LUKS) volume"),
    PARALLELS("a Parallels image"),
    BOCHS("a Bochs image"),
    CLOOP("a cloop image"),
    DMG("a DMG image"),
    SESPARSE("an ESXi sparse image");

    private static final int TEXT = 4096;
    private static final int SECTOR = 512;

    /** Where ISO 9660 puts the identifier of its first volume descriptor. */
    private static final int ISO_IDENTIFIER = 16 * 2048 + 1;

    private static final List<String> ARCHIVES =
            List.of("1f8b", "fd377a585a00", "425a68", "504b0304", "28b52ffd", "377abcaf271c", "04224d18");

    private final String words;

    Signature(String words) {
        this.words = words;
    }

    /** With its article: {@code a VHD image}. */
    String words() {
        return words;
    }

    /** All signatures that {@code image} bears. */
    static Set<Signature> of(ImageBytes image) throws IOException {
        Set<Signature> found = EnumSet.noneOf(Signature.class);
        for (Signature signature : values()) {
            if (signature.isOn(image)) {
                found.add(signature);
            }
        }
        return found;
    }

    /** Whether it begins like a compressed file or an archive: such a thing is stored if at all, never unpacked. */
    static boolean isArchive(ImageBytes image) throws IOException {
        for (String magic : ARCHIVES) {
            if (image.has(0, HexFormat.of().parseHex(magic))) {
                return true;
            }
        }
        return false;
    }

    private boolean isOn(ImageBytes image) throws IOException {
        return switch (this) {
            case QCOW -> image.has(0, "QFI\u00fb");
            case VMDK -> image.has(0, "KDMV") || image.has(0, "COWD") || isVmdkText(image);
            case ISO -> image.has(ISO_IDENTIFIER, "CD001");
            // A fixed VHD is a raw disk with this in its last sector; the others begin with it too.
            case VHD -> image.has(0, "conectix") || image.has(image.length() - SECTOR, "conectix");
            case VHDX -> image.has(0, "vhdxfile");
            case VDI -> image.has(0, "<<< ") || image.has(64, HexFormat.of().parseHex("7f10dabe"));
            case QED -> image.has(0, "QED\0");
            case LUKS -> image.has(0, "LUKS\u00ba\u00be") || image.has(0, "SKUL\u00ba\u00be");
            case PARALLELS -> image.has(0, "WithoutFreeSpace") || image.has(0, "WithouFreSpacExt");
            case BOCHS -> image.has(0, "Bochs Virtual HD Image");
            case CLOOP -> image.has(0, "#!/bin/sh\n#V2.0 Format");
            case DMG -> image.has(image.length() - SECTOR, "koly");
            case SESPARSE -> image.has(0, HexFormat.of().parseHex("bebafeca00000000"));
        };
    }

    /** As QEMU's vmdk_probe: comments and blank lines, then {@code version=}. */
    private static boolean isVmdkText(ImageBytes image) throws IOException {
        if (image.has(0, "# Disk Desc")) {
            return true;
        }
        byte[] start = image.big(0, (int) Math.min(TEXT, image.length())).array();
        for (String line : new String(start, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            if (line.startsWith("version=")) {
                return true;
            }
            if (!line.startsWith("#") && !line.isBlank()) {
                return false;
            }
        }
        return false;
    }
}
