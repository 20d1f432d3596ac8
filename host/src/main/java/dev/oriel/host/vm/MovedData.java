package dev.oriel.host.vm;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Data that lies somewhere else than before, as after a move to a larger disk or the return of a backup. Records name
 * files by their absolute paths, because QEMU opens them by name: all of them are put right before anybody reads one.
 * What is right already stays, so an attempt that was cut short is just made again. Used by one thread, before anything
 * else uses the data, and while no guest of it runs.
 */
final class MovedData {
    private static final Logger LOG = System.getLogger(MovedData.class.getName());

    /** Holds the absolute path of the data. */
    private static final String PLACE = "run/place";
    /** Fields of records that hold paths. */
    private static final Set<String> PATHS = Set.of("file", "base");

    private static final List<String> RECORDS = List.of("run/instance", "vms/instant");
    private static final int DEPTH = 2;

    private final Path data;
    private final String before;
    private final String now;

    private MovedData(Path data, String before, String now) {
        this.data = data;
        this.before = before + "/";
        this.now = now + "/";
    }

    /**
     * Puts every record below {@code data} right.
     *
     * @throws IOException when one cannot be read or written; nothing may be done with the data then
     */
    static void settle(Path data) throws IOException {
        Path note = data.resolve(PLACE);
        String now = data.toString();
        String before = Files.exists(note) ? Files.readString(note, StandardCharsets.UTF_8) : now;
        if (!before.equals(now)) {
            int changed = new MovedData(data, before, now).change();
            LOG.log(Level.INFO, "The data was in {0} before: {1} records were changed.", before, changed);
        }
        if (!before.equals(now) || !Files.exists(note)) {
            replace(note, now.getBytes(StandardCharsets.UTF_8));
        }
    }

    private int change() throws IOException {
        int changed = 0;
        for (String directory : RECORDS) {
            Path top = data.resolve(directory);
            if (Files.isDirectory(top)) {
                try (Stream<Path> files = Files.walk(top, DEPTH)) {
                    for (Path file : files.filter(MovedData::isRecord).toList()) {
                        changed += change(file) ? 1 : 0;
                    }
                }
            }
        }
        return changed;
    }

    private static boolean isRecord(Path file) {
        return file.toString().endsWith(".json") && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private boolean change(Path file) throws IOException {
        try {
            JsonNode record = OrielJson.mapper().readTree(Files.readAllBytes(file));
            if (change(record)) {
                replace(file, OrielJson.mapper().writeValueAsBytes(record));
                return true;
            }
        } catch (JacksonException e) {
            LOG.log(Level.WARNING, file + " is damaged and stays as it is", e);
        }
        return false;
    }

    private boolean change(JsonNode node) {
        boolean changed = false;
        if (node instanceof ObjectNode object) {
            for (String field : PATHS) {
                String path = object.path(field).asString("");
                if (path.startsWith(before) && !path.startsWith(now)) {
                    object.put(field, now + path.substring(before.length()));
                    changed = true;
                }
            }
        }
        for (JsonNode child : node) {
            changed |= change(child);
        }
        return changed;
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.write(part, content);
        if (Files.exists(file)) {
            Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(file));
        }
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
