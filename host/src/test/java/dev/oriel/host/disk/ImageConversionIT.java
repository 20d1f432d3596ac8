package dev.oriel.host.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.image.ImageCorpus;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images are converted by the real qemu-img in a real jail. */
class ImageConversionIT {
    private static final Bytes LARGEST = Bytes.ofGiB(4);
    private static final String CANARY = "canary-4f1c-of-the-host";

    @TempDir
    static Path directory = Path.of("unset");

    private static Path canary = Path.of("unset");

    @BeforeAll
    static void prepare() throws Exception {
        ImageCorpus.unpackInto(directory);
        canary = Files.writeString(directory.resolve("canary"), (CANARY + "\n").repeat(4096));
    }

    @Test
    void everyImageOfTheCorpus_isConvertedOrRefused_andLeavesNothing() throws Exception {
        Path data = directory.resolve("corpus-data");
        ImageConversion conversion = new ImageConversion(data, uid());
        for (ImageCorpus.Entry entry : ImageCorpus.entries()) {
            if (entry.format().isEmpty()) {
                continue;
            }
            Path source = directory.resolve(entry.file());
            ImageConversion.Result result =
                    conversion.convert(source, entry.format().get(), LARGEST);
            if (entry.mustBeAccepted()) {
                assertThat(result)
                        .as("%s", entry)
                        .isInstanceOfSatisfying(
                                ImageConversion.Result.Converted.class,
                                made -> assertSameDisk(source, entry.format().get(), made.file()));
                Files.delete(((ImageConversion.Result.Converted) result).file());
            } else {
                assertThat(result).as("%s", entry).isInstanceOf(ImageConversion.Result.Failed.class);
            }
            try (Stream<Path> left = Files.list(data.resolve("vms/import"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    /** Even if the inspector had let it pass and no driver were fixed: from within the jail there is nothing to read. */
    @Test
    void jail_hidesTheHost() throws Exception {
        Path evil = directory.resolve("evil.qcow2");
        qemuImg("create", "-q", "-f", "qcow2", "-b", canary.toString(), "-F", "raw", evil.toString());
        Path outside = directory.resolve("outside.qcow2");
        qemuImg("convert", "-O", "raw", evil.toString(), outside.toString());
        assertThat(holdsCanary(outside)).as("the attack works without a jail").isTrue();
        Program.Result run = jailed(
                Program.need("qemu-img"), evil, List.of("convert", "-O", "raw", Jail.INPUT, Jail.OUTPUT + "/disk"));
        assertThat(run.succeeded()).isFalse();
        Program.Result look = jailed(
                Program.need("sh"),
                evil,
                List.of(
                        "-c",
                        "id -u; ls /; cat " + canary + "; cat /proc/1/environ; ls /sys/class/net; echo x >/in/image"));
        assertThat(look.output()).doesNotContain(CANARY).doesNotContain("PATH=").doesNotContain("etc");
        assertThat(look.succeeded()).isFalse();
    }

    @Test
    void jail_boundsOutputAndTime() throws Exception {
        Path source = directory.resolve("ok-10-magic-at-1.raw");
        Program.Result large =
                jailed(Program.need("sh"), source, List.of("-c", "cat /in/image /in/image /in/image >/out/big"));
        assertThat(large.succeeded()).isFalse();
        assertThat(Files.size(directory.resolve("jail-out/big"))).isEqualTo(1 << 20);
        assertThatThrownBy(() -> jailed(Program.need("sh"), source, List.of("-c", "while :; do :; done")))
                .isInstanceOf(IOException.class);
    }

    private static Program.Result jailed(Program program, Path input, List<String> arguments) throws Exception {
        Path output = directory.resolve("jail-out");
        Files.createDirectories(output);
        Files.createDirectories(directory.resolve("jail-root"));
        if (uid().isPresent()) {
            Files.setAttribute(output, "unix:uid", uid().getAsInt());
        }
        Jail.Limits limits = new Jail.Limits(Bytes.ofMiB(1), Duration.ofSeconds(5));
        return new Jail(program).run(arguments, input, directory.resolve("jail-root"), output, uid(), limits);
    }

    private static OptionalInt uid() throws IOException {
        boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        return root ? OptionalInt.of(65_534) : OptionalInt.empty();
    }

    private static void assertSameDisk(Path source, ImageFormat format, Path made) {
        String driver = format == ImageFormat.ISO ? "raw" : format.name().toLowerCase(java.util.Locale.ROOT);
        try {
            qemuImg("compare", "-f", driver, "-F", "qcow2", source.toString(), made.toString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static boolean holdsCanary(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(CANARY);
    }

    private static void qemuImg(String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("qemu-img"));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", line).isZero();
    }
}
