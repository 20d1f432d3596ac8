package dev.oriel.app.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path temporary;

    @Test
    void parts_areMade_andSecretsAreClosed() throws IOException {
        try (DataDirectory data = DataDirectory.open(temporary.resolve("data"))) {
            assertThat(permissions(data.root())).isEqualTo("rwx--x--x");
            assertThat(permissions(data.resolve("keys"))).isEqualTo("rwx------");
            assertThat(data.resolve("run/child")).isDirectory();
        }
    }

    @Test
    void aSecondOne_isRefused_untilTheFirstEnds() {
        Path root = temporary.resolve("data");
        try (DataDirectory data = DataDirectory.open(root)) {
            assertThatThrownBy(() -> DataDirectory.open(data.root()))
                    .isInstanceOf(SetupException.class)
                    .hasMessageContaining("pid " + ProcessHandle.current().pid());
        }
        try (DataDirectory again = DataDirectory.open(root)) {
            assertThat(again.root()).isEqualTo(root);
        }
    }

    @Test
    void aClosedDirectoryAbove_isNamed() throws IOException {
        Path closed = Files.createDirectory(temporary.resolve("closed"));
        try (DataDirectory data = DataDirectory.open(closed.resolve("data"))) {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
            assertThatThrownBy(data::requirePassable)
                    .isInstanceOfSatisfying(
                            SetupException.class, e -> assertThat(e.cure()).contains("chmod o+x " + closed));
        }
    }

    @Test
    void directoryThatEverybodyUses_isLeftAsItIs() throws IOException {
        Path home = Files.createDirectory(temporary.resolve("home"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.writeString(home.resolve("letter"), "dear");
        assertThatThrownBy(() -> DataDirectory.open(home))
                .isInstanceOf(SetupException.class)
                .hasMessageContaining("not Oriel's");
        assertThat(permissions(home)).isEqualTo("rwxrwxrwx");
        assertThat(home.resolve("keys")).doesNotExist();
        Files.delete(home.resolve("letter"));
        Files.createDirectory(home.resolve("lost+found"));
        Files.writeString(home.resolve("oriel.yaml"), "");
        DataDirectory.open(home).close();
        Files.writeString(home.resolve("letter"), "to an Oriel's home");
        DataDirectory.open(home).close();
        Path own = Files.createDirectory(temporary.resolve("own"));
        Files.writeString(own.resolve("up.log"), "of whoever starts it there");
        DataDirectory.open(own).close();
    }

    @Test
    void standardPlace_isTheSystemsForRoot_andTheUsersElse() {
        assertThat(DataDirectory.standard("root", Path.of("/root"))).isEqualTo(Path.of("/var/lib/oriel"));
        assertThat(DataDirectory.standard("ada", Path.of("/home/ada")))
                .isEqualTo(Path.of("/home/ada/.local/share/oriel"));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
