package dev.oriel.host.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Boot catalogues, as discs have them. */
class ElToritoTest {
    private static final int SECTOR = 2048;
    private static final int CATALOGUE = 19;

    @TempDir
    Path directory;

    @Test
    void discForBiosOnly_orForBoth_startsByBios() throws IOException {
        assertThat(ElTorito.onlyUefi(disc(0x00, 0x88))).isFalse();
        assertThat(ElTorito.onlyUefi(disc(0x00, 0x88, 0x91, 0xef, 0x88))).isFalse();
    }

    @Test
    void discForUefiOnly_startsByUefi() throws IOException {
        assertThat(ElTorito.onlyUefi(disc(0xef, 0x88))).isTrue();
        assertThat(ElTorito.onlyUefi(disc(0x00, 0x00, 0x91, 0xef, 0x88))).isTrue();
    }

    @Test
    void discThatStartsNothing_orIsCutShort_startsByBios() throws IOException {
        assertThat(ElTorito.onlyUefi(disc(0xef, 0x00))).isFalse();
        Path empty = Files.write(directory.resolve("empty.iso"), new byte[100]);
        assertThat(ElTorito.onlyUefi(empty)).isFalse();
        Path farAway = disc(0xef, 0x88);
        byte[] bytes = Files.readAllBytes(farAway);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(17 * SECTOR + 0x47, -1);
        assertThat(ElTorito.onlyUefi(Files.write(farAway, bytes))).isFalse();
    }

    /** Platform of the validation entry, kind of the first entry, then header, platform and kind of each section. */
    private Path disc(int platform, int first, int... sections) throws IOException {
        ByteBuffer image = ByteBuffer.allocate(20 * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        image.put(17 * SECTOR, (byte) 0).put(17 * SECTOR + 1, "CD001".getBytes(StandardCharsets.US_ASCII));
        image.put(17 * SECTOR + 7, "EL TORITO SPECIFICATION".getBytes(StandardCharsets.US_ASCII));
        image.putInt(17 * SECTOR + 0x47, CATALOGUE);
        int at = CATALOGUE * SECTOR;
        image.put(at, (byte) 1).put(at + 1, (byte) platform);
        image.put(at + 32, (byte) first);
        for (int i = 0; i < sections.length; i += 3) {
            int entry = at + 64 + i / 3 * 64;
            image.put(entry, (byte) sections[i]).put(entry + 1, (byte) sections[i + 1]);
            image.put(entry + 32, (byte) sections[i + 2]);
        }
        return Files.write(directory.resolve("disc.iso"), image.array());
    }
}
