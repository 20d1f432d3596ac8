package dev.oriel.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Directories of tests, removed when the tests' JVM ends. */
public final class TestDirectories {
    private TestDirectories() {}

    /** An empty directory with a short path: sockets may lie in it. */
    public static Path make(String prefix) {
        try {
            Path directory = Files.createTempDirectory(prefix);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory), "remove " + directory));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            return; // the test has removed it itself
        } catch (IOException | UncheckedIOException e) {
            System.err.println("test data stay in " + directory + ": " + e);
        }
    }
}
