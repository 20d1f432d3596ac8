package dev.oriel.core.image.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** The bytes of an image file by offset. What lies beyond the end reads as zeros. For one thread. */
final class ImageBytes implements AutoCloseable {
    private final FileChannel channel;
    private final long length;

    private ImageBytes(FileChannel channel, long length) {
        this.channel = channel;
        this.length = length;
    }

    static ImageBytes open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        return new ImageBytes(channel, channel.size());
    }

    /** Length of the file in bytes. */
    long length() {
        return length;
    }

    /** {@code count} bytes from {@code offset}, big-endian; callers bound {@code count}. */
    ByteBuffer big(long offset, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        fill(bytes, offset);
        return bytes;
    }

    /** As {@link #big}, little-endian. */
    ByteBuffer little(long offset, int count) throws IOException {
        return big(offset, count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Fills all of {@code bytes} from {@code offset} and makes it ready to be read. */
    void fill(ByteBuffer bytes, long offset) throws IOException {
        bytes.clear();
        int read = 0;
        while (bytes.hasRemaining() && read >= 0 && offset + bytes.position() < length) {
            read = channel.read(bytes, offset + bytes.position());
        }
        while (bytes.hasRemaining()) {
            bytes.put((byte) 0);
        }
        bytes.flip();
    }

    /** Whether these characters stand at {@code offset}. */
    boolean has(long offset, String ascii) throws IOException {
        return has(offset, ascii.getBytes(StandardCharsets.ISO_8859_1));
    }

    boolean has(long offset, byte[] expected) throws IOException {
        return offset >= 0
                && offset <= length - expected.length
                && Arrays.equals(big(offset, expected.length).array(), expected);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
