package dev.oriel.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The images of {@code image-corpus}: some fine, most of them attacks, each with the verdict it must get. */
public final class ImageCorpus {
    /**
     * One line of the manifest.
     *
     * @param declared a format, or {@code any} for what is stored as a plain file
     * @param verdict {@code accept}, {@code reject}, or {@code either} where the documentation says which
     */
    public record Entry(String file, String declared, String verdict, String attack) {
        /** Empty for a plain file. */
        public Optional<ImageFormat> format() {
            return declared.equals("any")
                    ? Optional.empty()
                    : Optional.of(ImageFormat.valueOf(declared.toUpperCase(Locale.ROOT)));
        }

        public boolean mustBeAccepted() {
            return verdict.equals("accept");
        }

        @Override
        public String toString() {
            return file + ": " + attack;
        }
    }

    private ImageCorpus() {}

    public static List<Entry> entries() {
        return new String(resource("manifest.tsv"), StandardCharsets.UTF_8)
                .lines()
                .skip(1)
                .map(line -> line.split("\t", -1))
                .map(part -> new Entry(part[0], part[1], part[2], part[3]))
                .toList();
    }

    /** A JSON array of names that must stay display text. */
    public static byte[] evilNames() {
        return resource("evil-filenames.json");
    }

    /** Unpacks the images; sparse ones stay sparse. */
    public static void unpackInto(Path directory) throws IOException, InterruptedException {
        Path archive = Files.write(directory.resolve("images.tar.xz"), resource("images.tar.xz"));
        Process tar = new ProcessBuilder("tar", "--sparse", "-xJf", archive.toString(), "-C", directory.toString())
                .inheritIO()
                .start();
        if (!tar.waitFor(60, TimeUnit.SECONDS) || tar.exitValue() != 0) {
            throw new IllegalStateException("the image corpus could not be unpacked");
        }
        Files.delete(archive);
    }

    private static byte[] resource(String name) {
        try (InputStream in = ImageCorpus.class.getResourceAsStream("/image-corpus/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("the test resource " + name + " cannot be read", e);
        }
    }
}
