package dev.oriel.host.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeKeyTest {
    @TempDir
    Path dir;

    private Path recipe;
    private Path lib;
    private String key;

    @BeforeEach
    void layOut() throws IOException {
        recipe = dir.resolve("tiny");
        Files.createDirectories(recipe.resolve("root/etc"));
        lib = Files.createDirectories(dir.resolve("lib"));
        Files.writeString(recipe.resolve("build"), "#!/bin/sh\n");
        Files.writeString(recipe.resolve("root/etc/motd"), "hello");
        Files.writeString(lib.resolve("common"), "shared");
        key = RecipeKey.of(recipe, lib);
    }

    @Test
    void theKey_isTheSame_whereverTheRecipeLies_andWheneverItWasWritten() throws IOException {
        assertThat(key).matches("[0-9a-f]{64}");
        Files.setLastModifiedTime(recipe.resolve("build"), FileTime.fromMillis(0));
        Files.setPosixFilePermissions(lib.resolve("common"), PosixFilePermissions.fromString("rw-rw-rw-"));
        Path moved = Files.move(recipe, dir.resolve("elsewhere"));
        assertThat(RecipeKey.of(moved, lib)).isEqualTo(key);
    }

    @Test
    void contentNameAndExecutableBit_changeTheKey() throws IOException {
        Files.writeString(recipe.resolve("root/etc/motd"), "hallo");
        assertChanged();
        Files.move(recipe.resolve("root/etc/motd"), recipe.resolve("root/motd"));
        assertChanged();
        Files.setPosixFilePermissions(recipe.resolve("build"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertChanged();
        Files.createSymbolicLink(recipe.resolve("link"), Path.of("build"));
        assertChanged();
        Files.writeString(lib.resolve("common"), "shared differently");
        assertChanged();
    }

    private void assertChanged() throws IOException {
        String now = RecipeKey.of(recipe, lib);
        assertThat(now).isNotEqualTo(key);
        key = now;
    }
}
