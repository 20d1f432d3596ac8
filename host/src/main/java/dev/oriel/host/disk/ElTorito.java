package dev.oriel.host.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which firmware can start a disc: its boot catalogue ("El Torito" 1.0, and the UEFI specification 2.10, 13.3.2.1), read
 * without trusting it.
 */
public final class ElTorito {
    private static final int SECTOR = 2048;
    private static final int BOOT_RECORD = 17;
    private static final int CATALOGUE_POINTER = 0x47;
    private static final int ENTRY = 32;
    private static final byte UEFI = (byte) 0xef;
    private static final byte BOOTABLE = (byte) 0x88;
    private static final byte MORE_FOLLOW = (byte) 0x90;
    private static final byte LAST = (byte) 0x91;

    private ElTorito() {}

    /** Whether {@code iso} starts under UEFI and in no other way; a disc that cannot be read does not. */
    public static boolean onlyUefi(Path iso) throws IOException {
        try (FileChannel file = FileChannel.open(iso)) {
            Optional<ByteBuffer> record = sector(file, BOOT_RECORD);
            if (record.isEmpty() || !isElTorito(record.get())) {
                return false;
            }
            long catalogue = Integer.toUnsignedLong(record.get().getInt(CATALOGUE_POINTER));
            return sector(file, catalogue).filter(ElTorito::onlyUefi).isPresent();
        }
    }

    private static boolean isElTorito(ByteBuffer record) {
        byte[] name = new byte[23];
        record.get(7, name);
        return record.get(0) == 0 && new String(name, StandardCharsets.US_ASCII).equals("EL TORITO SPECIFICATION");
    }

    /** The first entry is of the platform that the catalogue begins with; each further section names its own. */
    private static boolean onlyUefi(ByteBuffer catalogue) {
        boolean uefi = false;
        byte platform = catalogue.get(1);
        for (int at = ENTRY; at + ENTRY <= SECTOR; at += ENTRY) {
            byte kind = catalogue.get(at);
            if (kind == MORE_FOLLOW || kind == LAST) {
                platform = catalogue.get(at + 1);
            } else if (kind == BOOTABLE && platform != UEFI) {
                return false;
            } else if (kind == BOOTABLE) {
                uefi = true;
            }
        }
        return uefi;
    }

    private static Optional<ByteBuffer> sector(FileChannel file, long number) throws IOException {
        ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        int read = 0;
        while (sector.hasRemaining() && read >= 0) {
            read = file.read(sector, number * SECTOR + sector.position());
        }
        return sector.hasRemaining() ? Optional.empty() : Optional.of(sector);
    }
}
