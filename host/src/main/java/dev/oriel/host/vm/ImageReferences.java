package dev.oriel.host.vm;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/**
 * Every image that any record of a host names: VMs, warm clones and suspended guests in {@code run/instance}, imported
 * templates, frozen ones, and the heads of the disks themselves, also of disks that nobody knows. The records are not
 * understood but searched for digests, so that no field that a later version adds can be forgotten here. Not
 * thread-safe.
 */
final class ImageReferences {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final int HEAD = 8 << 10;
    private static final int DEPTH = 3;

    private final Set<String> digests = new HashSet<>();

    /**
     * Reads everything that names images.
     *
     * @throws IOException when something cannot be read, or is damaged: then nothing is known
     */
    static ImageReferences read(Path data) throws IOException {
        ImageReferences found = new ImageReferences();
        for (String directory : List.of("run/instance", "vms/templates", "vms/instant")) {
            for (Path record : below(data.resolve(directory), ".json")) {
                found.readRecord(record);
            }
        }
        for (String directory : List.of("vms/users", "vms/pool", "vms/instant")) {
            for (Path disk : below(data.resolve(directory), ".qcow2")) {
                found.readHead(disk);
            }
        }
        return found;
    }

    /** Whether anything names this file. */
    boolean names(Path file) {
        Matcher digest = DIGEST.matcher(file.getFileName().toString());
        return digest.lookingAt() && digests.contains(digest.group());
    }

    void add(Collection<String> names) {
        names.forEach(this::search);
    }

    private void readRecord(Path record) throws IOException {
        try {
            byte[] json = Files.readAllBytes(record);
            OrielJson.mapper().readTree(json);
            search(new String(json, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return; // its VM is just gone
        } catch (JacksonException e) {
            throw new IOException("a record is damaged: " + record.getFileName(), e);
        }
    }

    private void readHead(Path disk) throws IOException {
        try (var in = Files.newInputStream(disk)) {
            search(new String(in.readNBytes(HEAD), StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return; // its VM is just gone
        }
    }

    private void search(String text) {
        Matcher found = DIGEST.matcher(text);
        while (found.find()) {
            digests.add(found.group());
        }
    }

    private static List<Path> below(Path directory, String ending) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.find(
                directory,
                DEPTH,
                (path, attributes) ->
                        attributes.isRegularFile() && path.toString().endsWith(ending))) {
            return files.toList();
        } catch (UncheckedIOException e) {
            throw new IOException("a directory changes while it is read", e);
        }
    }
}
