package dev.oriel.api.disc;

import dev.oriel.core.unit.Bytes;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;

/**
 * A disc image with one file: ISO 9660 (ECMA-119, level 3) with Joliet names, as a stream around the file's own bytes, so
 * that nothing is copied or kept in memory. The same file, name and time give the same bytes. Immutable.
 */
final class DiscImage {
    private static final int SECTOR = 2048;
    private static final int PRIMARY = 16;
    private static final int JOLIET = 17;
    private static final int END = 18;
    private static final int PATHS = 19;
    private static final int PATHS_JOLIET = 21;
    private static final int ROOT = 23;
    private static final int ROOT_JOLIET = 24;
    private static final int CONTENT = 25;
    /** The largest extent of whole sectors whose length fits into 32 bits: longer files have several. */
    private static final long MAX_EXTENT = (1L << 32) - SECTOR;

    private static final int MAX_JOLIET_NAME = 64;
    private static final int MORE_EXTENTS = 0x80;
    private static final int DIRECTORY = 2;

    private final ByteBuffer head = ByteBuffer.allocate(CONTENT * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    private final long content;
    private final long sectors;
    private final ZonedDateTime made;

    /**
     * @param name what the guest shall call the file; characters that no disc can have become underscores
     * @param size of the file
     * @param made when it came
     */
    DiscImage(String name, Bytes size, Instant made) {
        this.content = size.value();
        this.sectors = CONTENT + Math.ceilDiv(content, SECTOR);
        this.made = made.atZone(ZoneOffset.UTC);
        volume(PRIMARY, 1, PATHS, ROOT);
        volume(JOLIET, 2, PATHS_JOLIET, ROOT_JOLIET);
        head.put(END * SECTOR, (byte) 255).put(END * SECTOR + 1, ascii("CD001")).put(END * SECTOR + 6, (byte) 1);
        paths(PATHS, ROOT);
        paths(PATHS_JOLIET, ROOT_JOLIET);
        root(ROOT, ascii(plainName(name)));
        root(ROOT_JOLIET, jolietName(name).getBytes(StandardCharsets.UTF_16BE));
    }

    /** Length of the whole image. */
    Bytes size() {
        return new Bytes(sectors * SECTOR);
    }

    /** The image around {@code file}, which must give as many bytes as was said. Closing it closes the file. */
    InputStream around(InputStream file) {
        int padding = (int) (sectors * SECTOR - (long) CONTENT * SECTOR - content);
        return new SequenceInputStream(java.util.Collections.enumeration(
                List.of(new ByteArrayInputStream(head.array()), file, new ByteArrayInputStream(new byte[padding]))));
    }

    private void volume(int sector, int type, int paths, int root) {
        int at = sector * SECTOR;
        head.put(at, (byte) type).put(at + 1, ascii("CD001")).put(at + 6, (byte) 1);
        boolean joliet = type == 2;
        text(at + 8, 32, "", joliet);
        text(at + 40, 32, "ORIEL", joliet);
        bothOrders(at + 80, (int) sectors);
        if (joliet) {
            head.put(at + 88, ascii("%/E")); // UCS-2, level 3
        }
        bothShort(at + 120, 1);
        bothShort(at + 124, 1);
        bothShort(at + 128, SECTOR);
        bothOrders(at + 132, 10);
        head.putInt(at + 140, paths).putInt(at + 148, Integer.reverseBytes(paths + 1));
        record(at + 156, root, SECTOR, DIRECTORY, new byte[1]);
        text(at + 190, 128 * 4, "", joliet);
        text(at + 702, 37 * 3, "", joliet);
        for (int date = 0; date < 4; date++) {
            head.put(at + 813 + 17 * date, ascii("0".repeat(16)));
        }
        head.put(at + 881, (byte) 1);
    }

    /** The one directory, in both orders of bytes. */
    private void paths(int sector, int root) {
        int little = sector * SECTOR;
        head.put(little, (byte) 1).putInt(little + 2, root).putShort(little + 6, (short) 1);
        int big = little + SECTOR;
        head.put(big, (byte) 1).putInt(big + 2, Integer.reverseBytes(root)).putShort(big + 6, Short.reverseBytes((short)
                1));
    }

    private void root(int sector, byte[] name) {
        int at = sector * SECTOR;
        at += record(at, sector, SECTOR, DIRECTORY, new byte[1]);
        at += record(at, sector, SECTOR, DIRECTORY, new byte[] {1});
        long done = 0;
        do {
            long length = Math.min(MAX_EXTENT, content - done);
            boolean last = done + length == content;
            at += record(at, CONTENT + (int) (done / SECTOR), length, last ? 0 : MORE_EXTENTS, name);
            done += length;
        } while (done < content);
    }

    /** Writes a directory record and gives its length. */
    private int record(int at, int extent, long length, int flags, byte[] name) {
        int size = 33 + name.length + (name.length + 1) % 2;
        head.put(at, (byte) size);
        bothOrders(at + 2, extent);
        bothOrders(at + 10, (int) length);
        head.put(at + 18, (byte) (made.getYear() - 1900))
                .put(at + 19, (byte) made.getMonthValue())
                .put(at + 20, (byte) made.getDayOfMonth())
                .put(at + 21, (byte) made.getHour())
                .put(at + 22, (byte) made.getMinute())
                .put(at + 23, (byte) made.getSecond());
        head.put(at + 25, (byte) flags);
        bothShort(at + 28, 1);
        head.put(at + 32, (byte) name.length).put(at + 33, name);
        return size;
    }

    private void bothOrders(int at, int value) {
        head.putInt(at, value).putInt(at + 4, Integer.reverseBytes(value));
    }

    private void bothShort(int at, int value) {
        head.putShort(at, (short) value).putShort(at + 2, Short.reverseBytes((short) value));
    }

    private void text(int at, int length, String text, boolean joliet) {
        byte[] bytes = joliet
                ? (text + " ".repeat(length / 2 - text.length())).getBytes(StandardCharsets.UTF_16BE)
                : ascii(text + " ".repeat(length - text.length()));
        head.put(at, bytes);
    }

    /** Eight and three characters that every system since 1988 can read. */
    private static String plainName(String name) {
        int dot = name.lastIndexOf('.');
        String stem = plain(dot < 0 ? name : name.substring(0, dot), 8);
        String extension = dot < 0 ? "" : plain(name.substring(dot + 1), 3);
        return (stem.isEmpty() ? "FILE" : stem) + "." + extension + ";1";
    }

    private static String plain(String text, int most) {
        String known = text.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
        return known.substring(0, Math.min(most, known.length()));
    }

    /** At most 64 characters of the basic plane, none of those that Joliet forbids; an extension is kept. */
    private static String jolietName(String name) {
        String known = name.replaceAll("[\\p{Cntrl}*/:;?\\\\\\p{Cs}]|[^\\u0000-\\uffff]", "_");
        if (known.length() <= MAX_JOLIET_NAME) {
            return known;
        }
        int dot = known.lastIndexOf('.');
        String extension = dot > 0 && known.length() - dot <= 8 ? known.substring(dot) : "";
        return known.substring(0, MAX_JOLIET_NAME - extension.length()) + extension;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
