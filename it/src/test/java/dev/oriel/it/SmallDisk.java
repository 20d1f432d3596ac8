package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file system of its own for a test's data, that can be filled to the last byte. Only root makes one. */
final class SmallDisk implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final Path directory;
    private final Path filler;

    private SmallDisk(Path directory) {
        this.directory = directory;
        this.filler = directory.resolve("filler");
    }

    static boolean isPossible() {
        return System.getProperty("user.name").equals("root");
    }

    /** Of {@code mib} MiB, on an empty directory. */
    static SmallDisk on(Path directory, int mib) throws IOException {
        run("mount", "-t", "tmpfs", "-o", "mode=711,size=" + mib + "m", "oriel-test", directory.toString());
        return new SmallDisk(directory);
    }

    /** Until nothing more fits; answers how much did. */
    long fill() throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int size = CHUNK; size > 0; size /= 2) {
            try (OutputStream out = Files.newOutputStream(
                    filler, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND)) {
                while (directory.toFile().getUsableSpace() > 0) {
                    out.write(chunk, 0, size);
                }
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("No space left");
            }
        }
        return Files.size(filler);
    }

    void empty() throws IOException {
        Files.deleteIfExists(filler);
    }

    /** Whatever still uses it may end in peace. */
    @Override
    public void close() throws IOException {
        run("umount", "--lazy", directory.toString());
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.onExit()
                        .completeOnTimeout(process, 10, TimeUnit.SECONDS)
                        .join()
                        .isAlive())
                .as(String.join(" ", command))
                .isFalse();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }
}
