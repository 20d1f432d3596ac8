package dev.oriel.host.template;

import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * How a template is made: one directory of {@code deploy/images}.
 *
 * @param key names the image by everything it is made from; see {@link RecipeKey}
 * @param build the program that makes the image; empty: the template starts from an empty disk
 */
record Recipe(
        TemplateName name,
        String title,
        String description,
        int cpus,
        Bytes memory,
        Bytes disk,
        GuestNetwork network,
        PointerDevice pointer,
        DisplayDevice display,
        String key,
        Optional<Path> build) {
    private static final String DESCRIPTION = "template.json";
    private static final String BUILD = "build";

    /** The form of {@code template.json}. */
    private record Description(
            TemplateName name,
            String title,
            String description,
            int cpus,
            int memoryMiB,
            int diskGiB,
            GuestNetwork network,
            PointerDevice pointer,
            DisplayDevice display) {}

    /** Whether {@code directory} holds a recipe and not, like {@code lib}, something that recipes share. */
    static boolean isAt(Path directory) {
        return Files.isRegularFile(directory.resolve(DESCRIPTION));
    }

    /**
     * Reads the recipe in {@code directory}; {@code shared} is what all recipes use ({@code deploy/images/lib}).
     *
     * @throws IOException when it cannot be read, or is not a recipe; the message says why
     */
    static Recipe read(Path directory, Path shared) throws IOException {
        Description read = description(directory);
        if (!directory.endsWith(read.name().value())) {
            throw new IOException("recipe " + directory + " calls itself " + read.name());
        }
        Path build = directory.resolve(BUILD);
        return new Recipe(
                read.name(),
                read.title(),
                read.description(),
                read.cpus(),
                Bytes.ofMiB(read.memoryMiB()),
                Bytes.ofGiB(read.diskGiB()),
                read.network(),
                read.pointer(),
                read.display(),
                RecipeKey.of(directory, shared),
                Files.isRegularFile(build) ? Optional.of(build) : Optional.empty());
    }

    /** The name of its image in the cache. */
    String imageFile() {
        return name + "-" + key + ".qcow2";
    }

    private static Description description(Path directory) throws IOException {
        byte[] text = Files.readAllBytes(directory.resolve(DESCRIPTION));
        try {
            return OrielJson.mapper().readValue(text, Description.class);
        } catch (JacksonException e) {
            throw new IOException("recipe " + directory + " has no valid " + DESCRIPTION, e);
        }
    }
}
