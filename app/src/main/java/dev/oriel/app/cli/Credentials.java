package dev.oriel.app.cli;

import dev.oriel.app.data.SecretStore;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * A sign-in, as it is kept between commands in a file that only its owner may read.
 *
 * @param url where, without a trailing slash
 * @param token an API token
 */
record Credentials(URI url, String token) {
    static Path file() {
        String configured = System.getenv("XDG_CONFIG_HOME");
        Path home = configured == null || configured.isBlank()
                ? Path.of(System.getProperty("user.home"), ".config")
                : Path.of(configured);
        return home.resolve("oriel/credentials");
    }

    static Optional<Credentials> load(Path file) {
        try {
            return Files.exists(file)
                    ? Optional.of(OrielJson.mapper().readValue(Files.readString(file), Credentials.class))
                    : Optional.empty();
        } catch (JacksonException e) {
            // Of an older Oriel, or spoiled by hand: the same as none.
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void forget(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void save(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SecretStore.writePrivate(file, OrielJson.mapper().writeValueAsString(this));
    }

    @Override
    public String toString() {
        return "Credentials[" + url + "]";
    }
}
