package dev.oriel.core.image.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Honest images, as QEMU's own tools make them, are accepted: rules that refuse these would be worthless. */
class QemuImagesIT {
    private static final long SIZE = 20L << 20;

    @TempDir
    static Path directory = Path.of("unset");

    private static Path raw = Path.of("unset");

    @BeforeAll
    static void makeRawDisk() throws IOException {
        byte[] content = new byte[(int) SIZE];
        Random random = new Random(1);
        for (int at = 0; at < SIZE; at += 3 << 19) {
            byte[] noise = new byte[100_000];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, content, at, (int) Math.min(noise.length, SIZE - at));
        }
        java.util.Arrays.fill(content, 8 << 20, 9 << 20, (byte) 'x');
        raw = Files.write(directory.resolve("disk.raw"), content);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-O qcow2 -o compat=0.10",
                "-O qcow2 -o compat=1.1",
                "-O qcow2 -o cluster_size=512",
                "-O qcow2 -o cluster_size=2M",
                "-O qcow2 -o refcount_bits=1",
                "-O qcow2 -o refcount_bits=64",
                "-O qcow2 -o lazy_refcounts=on",
                "-O qcow2 -o preallocation=metadata",
                "-O qcow2 -o preallocation=full",
                "-c -O qcow2",
                "-c -O qcow2 -o cluster_size=512",
                "-c -O qcow2 -o compression_type=zstd",
                "-O vmdk",
                "-O vmdk -o zeroed_grain=on",
                "-O vmdk -o subformat=streamOptimized",
                "-O raw"
            })
    void convertedImage_isAccepted(String options) throws Exception {
        Path image = directory.resolve("converted");
        List<String> arguments = new ArrayList<>(List.of("convert", "-f", "raw"));
        arguments.addAll(List.of(options.split(" ")));
        arguments.addAll(List.of(raw.toString(), image.toString()));
        qemuImg(arguments);
        ImageFormat format = options.contains("qcow2")
                ? ImageFormat.QCOW2
                : options.contains("vmdk") ? ImageFormat.VMDK : ImageFormat.RAW;
        assertThat(inspect(image, format)).isEqualTo(new ImageVerdict.Accepted(format, new Bytes(SIZE)));
    }

    @Test
    void imageThatLivedOn_isAccepted() throws Exception {
        Path image = directory.resolve("lived.qcow2");
        qemuImg(List.of("convert", "-f", "raw", "-O", "qcow2", raw.toString(), image.toString()));
        qemuImg(List.of("snapshot", "-c", "first", image.toString()));
        assertThat(inspect(image, ImageFormat.QCOW2)).isInstanceOf(ImageVerdict.Refused.class);
        qemuImg(List.of("snapshot", "-d", "first", image.toString()));
        qemuImg(List.of("resize", "-q", image.toString(), "3G"));
        assertThat(inspect(image, ImageFormat.QCOW2))
                .isEqualTo(new ImageVerdict.Accepted(ImageFormat.QCOW2, Bytes.ofGiB(3)));
        qemuImg(List.of("resize", "-q", "--shrink", image.toString(), "10M"));
        assertThat(inspect(image, ImageFormat.QCOW2))
                .isEqualTo(new ImageVerdict.Accepted(ImageFormat.QCOW2, Bytes.ofMiB(10)));
    }

    @Test
    void imageThatNeedsOthers_isRefused() throws Exception {
        Path below = directory.resolve("below.qcow2");
        Path above = directory.resolve("above.qcow2");
        qemuImg(List.of("create", "-q", "-f", "qcow2", below.toString(), "1M"));
        qemuImg(List.of("create", "-q", "-f", "qcow2", "-b", below.toString(), "-F", "qcow2", above.toString()));
        assertThat(inspect(above, ImageFormat.QCOW2)).isInstanceOf(ImageVerdict.Refused.class);
        for (String subformat : List.of("monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat")) {
            Path image = directory.resolve(subformat + ".vmdk");
            qemuImg(List.of("create", "-q", "-f", "vmdk", "-o", "subformat=" + subformat, image.toString(), "1M"));
            assertThat(inspect(image, ImageFormat.VMDK)).isInstanceOf(ImageVerdict.Refused.class);
        }
    }

    private static ImageVerdict inspect(Path image, ImageFormat format) throws IOException {
        ImageVerdict verdict = ImageInspector.inspect(image, Optional.of(format), Bytes.ofGiB(128));
        assertThat(ImageInspector.inspect(image, Optional.empty(), Bytes.ofGiB(128)))
                .isEqualTo(verdict);
        return verdict;
    }

    private static void qemuImg(List<String> arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("qemu-img"));
        line.addAll(arguments);
        Process process = new ProcessBuilder(line).inheritIO().start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", arguments).isZero();
    }
}
