package dev.oriel.api.disc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.image.inspect.ImageInspector;
import dev.oriel.core.image.inspect.ImageVerdict;
import dev.oriel.core.unit.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiscImageTest {
    private static final Instant MADE = Instant.parse("2026-11-23T04:05:06Z");

    @TempDir
    Path directory = Path.of("unset");

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2047, 2048, 2049, 100_000})
    void disc_isAcceptedAsOne_andHoldsTheFile(int size) throws IOException {
        byte[] content = "x".repeat(size).getBytes(StandardCharsets.US_ASCII);
        DiscImage disc = new DiscImage("Grüße aus Köln.txt", new Bytes(size), MADE);
        byte[] bytes = bytes(disc, content);
        assertThat(bytes).hasSize((int) disc.size().value());
        assertThat(Arrays.copyOfRange(bytes, 25 * 2048, 25 * 2048 + size)).isEqualTo(content);
        Path file = Files.write(directory.resolve("disc.iso"), bytes);
        assertThat(ImageInspector.inspect(file, Optional.of(ImageFormat.ISO), Bytes.ofGiB(1)))
                .isEqualTo(new ImageVerdict.Accepted(ImageFormat.ISO, disc.size()));
        assertThat(bytes(new DiscImage("Grüße aus Köln.txt", new Bytes(size), MADE), content))
                .isEqualTo(bytes);
    }

    /** A file of 9 GiB has three extents; only the head is made here. */
    @Test
    void longFile_hasSeveralExtents() throws IOException {
        long size = Bytes.ofGiB(9).value();
        DiscImage disc = new DiscImage("long", new Bytes(size), MADE);
        byte[] head = disc.around(InputStream.nullInputStream()).readNBytes(25 * 2048);
        int at = 23 * 2048 + 34 + 34;
        assertThat(head[at + 25]).isEqualTo((byte) 0x80);
        assertThat(head[at + head[at] + 25]).isEqualTo((byte) 0x80);
        assertThat(head[at + 2 * head[at] + 25]).isZero();
        assertThat(disc.size().value()).isEqualTo(size + 25 * 2048);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", "a\\b:c*d?.iso", "", "🚀.iso", "NUL\0.txt"})
    void oddNames_becomePlainOnes(String name) throws IOException {
        byte[] bytes = bytes(new DiscImage(name, new Bytes(1), MADE), new byte[1]);
        int at = 24 * 2048 + 34 + 34;
        String joliet = new String(bytes, at + 33, bytes[at + 32], StandardCharsets.UTF_16BE);
        assertThat(joliet).doesNotContain("/", "\\", ":", "*", "?", "\0");
    }

    @Test
    void otherReaders_findTheFile() throws IOException, InterruptedException {
        byte[] content = "from the outside".getBytes(StandardCharsets.US_ASCII);
        Path file = Files.write(
                directory.resolve("disc.iso"),
                bytes(new DiscImage("note from outside.txt", new Bytes(content.length), MADE), content));
        Path out = directory.resolve("out.txt");
        Process xorriso = new ProcessBuilder(
                        "xorriso",
                        "-osirrox",
                        "on",
                        "-indev",
                        file.toString(),
                        "-extract",
                        "/note from outside.txt",
                        out.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(xorriso.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(xorriso.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.exists(out)).as(said).isTrue();
        assertThat(Files.readAllBytes(out)).isEqualTo(content);
    }

    private static byte[] bytes(DiscImage disc, byte[] content) throws IOException {
        try (InputStream stream = disc.around(new ByteArrayInputStream(content))) {
            return stream.readAllBytes();
        }
    }
}
