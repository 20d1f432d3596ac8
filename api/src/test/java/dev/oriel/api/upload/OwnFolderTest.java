package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnFolderTest {
    @Test
    void whatAKilledProcessLeft_goes_whileWhatIsHeldStays(@TempDir Path parent) throws Exception {
        Process killed = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        parent.toString())
                .start();
        assertThat(killed.inputReader().readLine()).isEqualTo("held");
        OwnFolder.removeOrphans(parent);
        assertThat(halfFiles(parent)).as("its process lives").hasSize(1);
        killed.destroyForcibly();
        assertThat(killed.waitFor(10, TimeUnit.SECONDS)).isTrue();
        try (OwnFolder own = OwnFolder.in(parent)) {
            Path mine = Files.writeString(own.path().resolve("half"), "mine");
            OwnFolder.removeOrphans(parent);
            assertThat(halfFiles(parent)).containsExactly(mine);
        }
        assertThat(parent).isEmptyDirectory();
    }

    private static List<Path> halfFiles(Path parent) throws IOException {
        try (var files = Files.walk(parent)) {
            return files.filter(file -> file.getFileName().toString().equals("half"))
                    .toList();
        }
    }

    /** A process in the middle of an upload. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            OwnFolder folder = OwnFolder.in(Path.of(arguments[0]));
            Files.writeString(folder.path().resolve("half"), "half a file");
            System.out.println("held");
            System.in.read();
            folder.close();
        }
    }
}
