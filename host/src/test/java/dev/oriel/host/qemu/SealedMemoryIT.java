package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frozen memory in a real memfd, held by a real process. */
class SealedMemoryIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Path file;
    private Path note;
    private byte[] content;

    @BeforeEach
    void writeFile() throws IOException {
        file = directory.resolve("ram");
        note = directory.resolve("holder");
        content = new byte[1 << 20];
        new Random(7).nextBytes(content);
        Arrays.fill(content, 100_000, 700_000, (byte) 0);
        Files.write(file, content);
    }

    @AfterEach
    void endHolder() throws IOException {
        SealedMemory.end(note);
    }

    @Test
    void memory_isTheFiles_andNobodyCanWriteIt() throws Exception {
        SealedMemory memory = SealedMemory.load(file, note, "oriel-test", LIMIT);

        assertThat(Files.readAllBytes(memory.file())).isEqualTo(content);
        try (FileChannel channel = FileChannel.open(memory.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(new byte[] {1})))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> channel.truncate(10)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096))
                    .isInstanceOf(IOException.class);
            assertThat(channel.map(FileChannel.MapMode.PRIVATE, 0, 4096)
                            .put(0, (byte) 1)
                            .get(0))
                    .isEqualTo((byte) 1);
        }
        assertThat(Files.readAllBytes(memory.file())).isEqualTo(content);
    }

    @Test
    void holder_isFoundAgain_untilItEnds() throws Exception {
        SealedMemory memory = SealedMemory.load(file, note, "oriel-test", LIMIT);

        // It says that it is ready a moment before it can be found.
        await().untilAsserted(
                        () -> assertThat(SealedMemory.find(note, "oriel-test")).contains(memory));
        assertThat(SealedMemory.find(note, "oriel-other")).isEmpty();
        SealedMemory.end(note);
        assertThat(SealedMemory.find(note, "oriel-test")).isEmpty();
        assertThat(note).doesNotExist();
    }

    @Test
    void missingFile_leavesNoProcess() {
        assertThatThrownBy(() -> SealedMemory.load(directory.resolve("none"), note, "oriel-test", LIMIT))
                .isInstanceOf(IOException.class);
        assertThat(SealedMemory.find(note, "oriel-test")).isEmpty();
    }
}
