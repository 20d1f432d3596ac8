package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** A guest's screen as PNG, by QEMU's own hand: it writes a file into its control directory, we read and remove it. */
final class Screenshot {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int MAX_BYTES = 32 << 20;

    private Screenshot() {}

    static byte[] of(Guest guest, Path control) throws InterruptedException {
        Path file = control.resolve("screen-" + UUID.randomUUID() + ".png");
        try {
            guest.execute("screendump", Map.of("filename", file.toString(), "format", "png"), LIMIT);
            return read(file);
        } catch (QmpException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "the VM's process does not answer", e);
        } catch (IOException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "no picture could be taken", e);
        } finally {
            remove(file);
        }
    }

    /** The directory is QEMU's: what lies there is only believed when it is a plain file of a sane size. */
    private static byte[] read(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("not a plain file");
        }
        try (InputStream stream = Channels.newInputStream(
                Files.newByteChannel(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            byte[] png = stream.readNBytes(MAX_BYTES + 1);
            if (png.length > MAX_BYTES || png.length < 8 || png[1] != 'P' || png[2] != 'N' || png[3] != 'G') {
                throw new IOException("not a PNG of a sane size");
            }
            return png;
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(Screenshot.class.getName())
                    .log(System.Logger.Level.WARNING, "a screenshot could not be removed", e);
        }
    }
}
