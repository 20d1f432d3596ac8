package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The images of {@code image-corpus}: some fine, most of them attacks, each with the verdict it must get. */
final class ImageCorpus {
    /** One line of the manifest. */
    record Entry(String file, String declared, String verdict, String attack) {
        @Override
        public String toString() {
            return file + ": " + attack;
        }
    }

    private ImageCorpus() {}

    static List<Entry> declaredAs(String format) throws IOException {
        String manifest = new String(
                Objects.requireNonNull(ImageCorpus.class.getResourceAsStream("/image-corpus/manifest.tsv"))
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        return manifest.lines()
                .skip(1)
                .map(line -> line.split("\t", -1))
                .map(part -> new Entry(part[0], part[1], part[2], part[3]))
                .filter(entry -> entry.declared().equals(format))
                .toList();
    }

    /** Unpacks the images; sparse ones stay sparse. */
    static void unpackInto(Path directory) throws IOException, InterruptedException {
        Path archive = directory.resolve("images.tar.xz");
        try (var in = Objects.requireNonNull(ImageCorpus.class.getResourceAsStream("/image-corpus/images.tar.xz"))) {
            Files.copy(in, archive);
        }
        Process tar = new ProcessBuilder("tar", "--sparse", "-xJf", archive.toString(), "-C", directory.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(tar.exitValue()).isZero();
    }
}
