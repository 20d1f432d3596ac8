package dev.oriel.core.image.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.oriel.core.image.ImageCorpus;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageInspectorTest {
    private static final Bytes LARGEST = Bytes.ofGiB(128);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int CLUSTER = 4096;

    @TempDir
    static Path directory = Path.of("unset");

    @BeforeAll
    static void unpack() throws Exception {
        ImageCorpus.unpackInto(directory);
    }

    static List<ImageCorpus.Entry> images() {
        return ImageCorpus.entries().stream()
                .filter(entry -> entry.format().isPresent())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("images")
    void everyImageOfTheCorpus_getsItsVerdict(ImageCorpus.Entry entry) {
        ImageVerdict verdict = assertTimeoutPreemptively(
                LIMIT, () -> ImageInspector.inspect(directory.resolve(entry.file()), entry.format(), LARGEST));
        // What may be decided either way is refused: docs/reference/images.md.
        assertThat(verdict)
                .isInstanceOf(entry.mustBeAccepted() ? ImageVerdict.Accepted.class : ImageVerdict.Refused.class);
        if (verdict instanceof ImageVerdict.Refused(String reason)) {
            assertThat(reason).endsWith(".").doesNotContain("/", "<");
        }
    }

    @ParameterizedTest
    @MethodSource("images")
    void undeclaredImage_isAcceptedOnlyAsWhatItIs(ImageCorpus.Entry entry) throws IOException {
        ImageVerdict verdict = ImageInspector.inspect(directory.resolve(entry.file()), Optional.empty(), LARGEST);
        if (entry.mustBeAccepted()) {
            assertThat(verdict).isInstanceOf(ImageVerdict.Accepted.class);
        }
        if (verdict instanceof ImageVerdict.Accepted(ImageFormat format, Bytes _) && format != ImageFormat.RAW) {
            assertThat(entry.mustBeAccepted()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"any-01-bz2-bomb.bz2", "any-03-zipslip.zip"})
    void undeclaredArchive_isNoDisk(String file) throws IOException {
        assertThat(ImageInspector.inspect(directory.resolve(file), Optional.empty(), LARGEST))
                .isInstanceOf(ImageVerdict.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "KDMV",
                "COWD",
                "# Disk DescriptorFile",
                "version=1\n",
                "#\n\nversion=3\n",
                "vhdxfile",
                "conectix",
                "QED\0",
                "<<< Oracle VM",
                "QFI\u00fb",
                "LUKS\u00ba\u00be",
                "WithoutFreeSpace",
                "WithouFreSpacExt",
                "Bochs Virtual HD Image",
                "#!/bin/sh\n#V2.0 Format"
            })
    void fileThatBeginsLikeAnotherFormat_isNeitherDiscNorRawDisk(String magic) throws IOException {
        byte[] start = magic.getBytes(StandardCharsets.ISO_8859_1);
        for (ImageFormat format : List.of(ImageFormat.ISO, ImageFormat.RAW)) {
            byte[] image = format == ImageFormat.ISO ? read("ok-08-plain.iso") : new byte[1 << 16];
            System.arraycopy(start, 0, image, 0, start.length);
            assertThat(inspect(image, format)).isInstanceOf(ImageVerdict.Refused.class);
        }
    }

    @Test
    void rawDisk_withAVhdFooterOrADiscInside_isNoRawDisk() throws IOException {
        byte[] fixedVhd = new byte[1 << 16];
        ByteBuffer.wrap(fixedVhd).put(fixedVhd.length - 512, "conectix".getBytes(StandardCharsets.US_ASCII));
        assertThat(inspect(fixedVhd, ImageFormat.RAW)).isInstanceOf(ImageVerdict.Refused.class);
        assertThat(inspect(read("ok-08-plain.iso"), ImageFormat.RAW)).isInstanceOf(ImageVerdict.Refused.class);
        assertThat(inspect(new byte[513], ImageFormat.RAW)).isInstanceOf(ImageVerdict.Refused.class);
        assertThat(inspect(new byte[512], ImageFormat.RAW)).isInstanceOf(ImageVerdict.Accepted.class);
    }

    @Test
    void hybridDisc_withABootSector_isAccepted() throws IOException {
        byte[] disc = read("ok-08-plain.iso");
        disc[510] = 0x55;
        disc[511] = (byte) 0xAA;
        assertThat(inspect(disc, ImageFormat.ISO)).isInstanceOf(ImageVerdict.Accepted.class);
    }

    @Test
    void disc_thatIsCutOff_isRefused() throws IOException {
        byte[] disc = read("ok-08-plain.iso");
        assertThat(inspect(java.util.Arrays.copyOf(disc, disc.length - 2048), ImageFormat.ISO))
                .isInstanceOf(ImageVerdict.Refused.class);
    }

    @Test
    void verdict_saysTheVirtualSize() throws IOException {
        assertThat(inspect(read("ok-06-v3-allocated.qcow2"), ImageFormat.QCOW2))
                .isEqualTo(new ImageVerdict.Accepted(ImageFormat.QCOW2, Bytes.ofMiB(1)));
    }

    @Test
    void disk_largerThanAllowed_isRefused() throws IOException {
        Path image = directory.resolve("ok-01-v3-empty.qcow2");
        assertThat(ImageInspector.inspect(image, Optional.of(ImageFormat.QCOW2), new Bytes((1 << 20) - 512)))
                .isInstanceOf(ImageVerdict.Refused.class);
    }

    /** Layout of the image: header, refcount table, refcount block, L1, L2 (at 0x4000), data (at 0x5000). */
    @ParameterizedTest
    @CsvSource({
        "0x0008, 0x0000000000000080, a backing offset without a length",
        "0x0010, 0x000000000000000c, nothing: the original value",
        "0x0048, 0x0000000000000001, marked as dirty",
        "0x0048, 0x0000000000000008, compression type bit without a type",
        "0x0050, 0x0000000000000002, an unknown compatible feature",
        "0x0058, 0x0000000000000002, raw external data",
        "0x0028, 0x0000000000003200, L1 table not aligned",
        "0x0028, 0x7ffffffffffff000, L1 table far outside",
        "0x0028, 0xfffffffffffff000, L1 table at a negative offset",
        "0x0030, 0x0000000000003000, refcount table on the L1 table",
        "0x1000, 0x0000000000000000, no refcount block",
        "0x1000, 0x0000000000002001, reserved bits in the refcount table",
        "0x1000, 0x0000000000003000, refcount block on the L1 table",
        "0x2000, 0x0000000100010001, header without a refcount",
        "0x2008, 0x0001000000000000, data without a refcount",
        "0x3000, 0x8000000000004200, L2 table not aligned",
        "0x3000, 0x8000000000000000, nothing mapped but the data leak: accepted",
        "0x3000, 0x8000000000006000, L2 table outside the file",
        "0x3000, 0xc000000000004000, reserved bits in L1",
        "0x4000, 0x8000000000004000, data on the L2 table",
        "0x4000, 0x8000000000006000, data outside the file",
        "0x4000, 0x80000000000051fe, reserved bits in L2",
        "0x4000, 0x8100000000005000, high reserved bits in L2",
        "0x4008, 0x8000000000005000, the same data twice",
        "0x4008, 0x4000000000005000, compressed data on plain data",
        "0x4000, 0x4000000000005000, compressed: accepted",
        "0x4000, 0x43f0000000005000, compressed data beyond the end",
        "0x4000, 0x8000000000005001, preallocated zeros: accepted"
    })
    void changedQcow2_isRefused(String offset, String value, String change) throws IOException {
        byte[] image = read("ok-06-v3-allocated.qcow2");
        assertThat(image.length).isEqualTo(6 * CLUSTER);
        ByteBuffer.wrap(image).putLong(Integer.decode(offset), Long.parseUnsignedLong(value.substring(2), 16));
        boolean fine = change.endsWith("accepted") || change.startsWith("nothing");
        assertThat(inspect(image, ImageFormat.QCOW2))
                .as(change)
                .isInstanceOf(fine ? ImageVerdict.Accepted.class : ImageVerdict.Refused.class);
    }

    /** 2,000 images with random changes: each gets an answer, none an exception. */
    @Test
    void randomDamage_alwaysGetsAVerdict() throws IOException {
        Random random = new Random(7);
        List<byte[]> originals =
                List.of(read("ok-06-v3-allocated.qcow2"), read("vmdk-05-parent.vmdk"), read("ok-08-plain.iso"));
        for (int round = 0; round < 2_000; round++) {
            byte[] image = originals.get(round % originals.size()).clone();
            for (int change = 0; change < 1 + random.nextInt(4); change++) {
                int at = random.nextInt(4) == 0 ? random.nextInt(image.length) : random.nextInt(0x210);
                image[at] = (byte) random.nextInt(256);
            }
            ImageFormat format = List.of(ImageFormat.QCOW2, ImageFormat.VMDK, ImageFormat.ISO)
                    .get(round % originals.size());
            assertThat(inspect(image, format)).isNotNull();
        }
    }

    private static byte[] read(String file) throws IOException {
        return Files.readAllBytes(directory.resolve(file));
    }

    private static ImageVerdict inspect(byte[] image, ImageFormat declared) throws IOException {
        Path file = Files.write(directory.resolve("changed"), image);
        return ImageInspector.inspect(file, Optional.of(declared), LARGEST);
    }
}
