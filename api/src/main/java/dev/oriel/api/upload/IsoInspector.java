package dev.oriel.api.upload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Decides whether a file is an ISO 9660 disc image (ECMA-119) before any QEMU tool sees it. The system area (the first
 * 32 KiB) is free for anybody's use, so a disc whose first bytes say that it is a disk image of another format is
 * refused: something that probes could follow its backing file to the host.
 */
final class IsoInspector {
    private static final int SECTOR = 2048;
    private static final int DESCRIPTORS = 16 * SECTOR;
    /** First bytes of the formats that QEMU would recognise: qcow, vmdk (3), vhd, vhdx, vdi text, luks, parallels, qed, bochs, dmg text. */
    private static final List<byte[]> FOREIGN = List.of(
            HexFormat.of().parseHex("514649fb"),
            ascii("KDMV"),
            ascii("COWD"),
            ascii("# Disk DescriptorFile"),
            ascii("conectix"),
            ascii("vhdxfile"),
            ascii("<<< "),
            HexFormat.of().parseHex("4c554b53babe"),
            ascii("WithoutFreeSpace"),
            ascii("WithouFreSpacExt"),
            ascii("QED\0"),
            ascii("Bochs Virtual HD Image"),
            ascii("#!/bin/sh\n#V2.0 Format"));

    private IsoInspector() {}

    /** Why {@code file} is no acceptable disc, in words for its owner; empty when it is one. */
    static Optional<String> objection(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() < DESCRIPTORS + SECTOR) {
                return Optional.of("It is too short for a disc image.");
            }
            byte[] start = read(channel, 0, 64);
            if (FOREIGN.stream().anyMatch(magic -> startsWith(start, magic))) {
                return Optional.of("It begins like a disk image of another format.");
            }
            byte[] descriptor = read(channel, DESCRIPTORS, 7);
            if (!startsWith(descriptor, ascii("\001CD001"))) {
                return Optional.of("It has no ISO 9660 volume descriptor.");
            }
            return Optional.empty();
        }
    }

    private static byte[] read(FileChannel channel, long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            int read = channel.read(bytes, at + bytes.position());
            if (read < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
        return bytes.array();
    }

    private static boolean startsWith(byte[] bytes, byte[] magic) {
        return ByteBuffer.wrap(bytes, 0, Math.min(magic.length, bytes.length)).equals(ByteBuffer.wrap(magic));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
