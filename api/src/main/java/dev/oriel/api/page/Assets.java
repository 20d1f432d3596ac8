package dev.oriel.api.page;

import dev.oriel.api.ApiConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * Where pages find their styles and scripts: a directory named by its content, so that browsers may keep it forever.
 * {@code web/build} makes it and writes its name into the file {@code version}. Thread-safe.
 */
@Component
class Assets {
    /** The link that {@code web/build} keeps on the newest version, for an API that cannot see the files. */
    private static final String NEWEST = "current";

    private static final Pattern VERSION = Pattern.compile("[0-9a-f]{12}");

    private final Optional<Path> directory;

    Assets(ApiConfig config) {
        directory = config.staticAssets().map(Assets::insideOf);
    }

    /** The directory that is served as {@code /static}, if this API knows it. */
    Optional<Path> directory() {
        return directory;
    }

    /** The prefix of all addresses of assets. Read anew for each page: an upgrade may place new assets at any time. */
    String prefix() {
        return "/static/" + directory.flatMap(Assets::version).orElse(NEWEST);
    }

    private static Path insideOf(Path configured) {
        Path inner = configured.resolve("static");
        return Files.isDirectory(inner) ? inner : configured;
    }

    private static Optional<String> version(Path directory) {
        try {
            String version = Files.readString(directory.resolve("version")).strip();
            return VERSION.matcher(version).matches() ? Optional.of(version) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
