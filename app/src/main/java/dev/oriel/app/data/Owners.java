package dev.oriel.app.data;

import dev.oriel.app.child.ServiceUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives files to the service user that works on them. */
public final class Owners {
    private static final Logger LOG = LoggerFactory.getLogger(Owners.class);

    private Owners() {}

    /** A directory that only {@code user} may enter, made when it is missing. */
    public static Path directory(Path directory, ServiceUser user) {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            give(directory, user);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A directory that everybody may pass through and only its owner may list, made when it is missing. */
    public static void passable(Path directory) {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives one file or directory. */
    public static void give(Path path, ServiceUser user) {
        if (user instanceof ServiceUser.Own own) {
            try {
                Files.setAttribute(path, "unix:uid", own.uid(), LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(path, "unix:gid", own.uid(), LinkOption.NOFOLLOW_LINKS);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Gives a directory and everything in it. */
    public static void giveTree(Path root, ServiceUser user) {
        try (Stream<Path> tree = Files.walk(root)) {
            tree.forEach(path -> give(path, user));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a directory and everything in it, if it is there. Symbolic links are not followed. */
    public static void remove(Path root) {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a directory in which there is nothing, or nothing but such directories, and leaves every other. */
    public static void removeEmpty(Path root) {
        try (Stream<Path> entries = Files.list(root)) {
            entries.filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .forEach(Owners::removeEmpty);
        } catch (IOException e) {
            return; // not there, or not ours to look into
        }
        try {
            Files.delete(root);
        } catch (IOException e) {
            LOG.debug("{} stays: {}", root, e.getMessage());
        }
    }
}
