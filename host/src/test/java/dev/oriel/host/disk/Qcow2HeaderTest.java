package dev.oriel.host.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Qcow2HeaderTest {
    @TempDir
    Path dir;

    @Test
    void aPlainImage_hasItsSize_andStandsAlone() throws IOException {
        assertThat(read(header(3))).isEqualTo(new Qcow2Header(3, Bytes.ofGiB(5), true, false));
        assertThat(read(header(2))).isEqualTo(new Qcow2Header(2, Bytes.ofGiB(5), true, false));
    }

    @Test
    void aBackingOrDataFile_isSeen() throws IOException {
        assertThat(read(header(3).putLong(8, 104)).selfContained()).isFalse();
        assertThat(read(header(3).putLong(8, 104)).dataElsewhere()).isFalse();
        assertThat(read(header(3).putLong(72, 4)).selfContained()).isFalse();
        assertThat(read(header(3).putLong(72, 4)).dataElsewhere()).isTrue();
        assertThat(read(header(2).putLong(72, 4)).selfContained())
                .as("version 2 has no features there")
                .isTrue();
    }

    @Test
    void anythingElse_isRefused() {
        assertThatThrownBy(() -> read(header(3).putInt(0, 0x4b444d56))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(header(4))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(header(3).putLong(24, -1))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(ByteBuffer.allocate(7))).isInstanceOf(IOException.class);
    }

    private static ByteBuffer header(int version) {
        return ByteBuffer.allocate(104)
                .putInt(0, 0x514649fb)
                .putInt(4, version)
                .putLong(24, Bytes.ofGiB(5).value());
    }

    private Qcow2Header read(ByteBuffer bytes) throws IOException {
        byte[] content = new byte[bytes.capacity()];
        bytes.get(0, content);
        return Qcow2Header.read(Files.write(dir.resolve("image"), content));
    }
}
