package dev.oriel.host.template;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The SHA-256 over everything an image is made from: relative paths, whether they are executable (all of a mode that
 * a checkout keeps), and contents of the recipe's and the shared files, in the order of their paths. A changed recipe
 * has another key and so another image.
 */
final class RecipeKey {
    private RecipeKey() {}

    static String of(Path recipe, Path shared) throws IOException {
        MessageDigest sha256 = sha256();
        addTree(sha256, "recipe", recipe);
        addTree(sha256, "lib", shared);
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static void addTree(MessageDigest sha256, String label, Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        for (Path file : filesOf(root)) {
            byte[] content = Files.isSymbolicLink(file)
                    ? Files.readSymbolicLink(file).toString().getBytes(StandardCharsets.UTF_8)
                    : Files.readAllBytes(file);
            String kind = Files.isSymbolicLink(file) ? "link" : Files.isExecutable(file) ? "program" : "file";
            String head = label + "/" + root.relativize(file) + "\0" + kind + "\0" + content.length + "\0";
            sha256.update(head.getBytes(StandardCharsets.UTF_8));
            sha256.update(content);
        }
    }

    private static List<Path> filesOf(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> Files.isSymbolicLink(file) || Files.isRegularFile(file))
                    .sorted()
                    .toList();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
