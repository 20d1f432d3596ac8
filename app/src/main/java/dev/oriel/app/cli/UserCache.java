package dev.oriel.app.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** What commands leave for the next one: {@code $XDG_CACHE_HOME/oriel}, or {@code ~/.cache/oriel}. */
final class UserCache {
    private UserCache() {}

    /** A directory of it, made when it is not there. */
    static Path directory(String name) {
        Path cache = Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .filter(text -> !text.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"));
        try {
            return Files.createDirectories(cache.resolve("oriel").resolve(name));
        } catch (IOException e) {
            throw new CommandFailure(ExitClass.OTHER, "no directory for transfers: " + e.getMessage());
        }
    }

    /** A file name that only this text has. */
    static String nameOf(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
