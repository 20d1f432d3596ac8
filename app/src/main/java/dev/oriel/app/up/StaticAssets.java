package dev.oriel.app.up;

import dev.oriel.app.data.Owners;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Puts the built web assets where Nginx serves them from. */
final class StaticAssets {
    private StaticAssets() {}

    /**
     * Copies {@code built/static} to {@code www/static} unless the same version is there. Links stay links.
     *
     * @return whether anything was copied
     */
    static boolean publish(Path built, Path www) throws IOException {
        Path from = built.resolve("static");
        Path to = www.resolve("static");
        Path version = from.resolve("version");
        if (!Files.exists(version)
                || (Files.exists(to.resolve("version")) && Files.mismatch(version, to.resolve("version")) == -1)) {
            return false;
        }
        Path part = www.resolve("static.new");
        Path old = www.resolve("static.old");
        Owners.remove(part);
        Owners.remove(old);
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Files.copy(
                        path,
                        part.resolve(from.relativize(path)),
                        LinkOption.NOFOLLOW_LINKS,
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        if (Files.exists(to)) {
            Files.move(to, old);
        }
        Files.move(part, to);
        Owners.remove(old);
        return true;
    }
}
