package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.vm.VmId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TombstonesTest {
    private static final Clock NOW = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

    @TempDir
    Path dir;

    @Test
    void deletion_isRememberedOverARestart_forADay() throws Exception {
        VmId vm = VmId.random();
        new Tombstones(dir, NOW).add(vm, 9);

        assertThat(new Tombstones(dir, Clock.offset(NOW, Duration.ofHours(23))).generationOf(vm))
                .isEqualTo(9);
        assertThat(new Tombstones(dir, Clock.offset(NOW, Duration.ofHours(25))).generationOf(vm))
                .isZero();
        assertThat(dir.resolve("deleted")).isEmptyFile();
    }

    @Test
    void halfALine_isDropped() throws Exception {
        VmId vm = VmId.random();
        new Tombstones(dir, NOW).add(vm, 9);
        Files.writeString(dir.resolve("deleted"), VmId.random() + " 1", StandardOpenOption.APPEND);

        assertThat(new Tombstones(dir, NOW).generationOf(vm)).isEqualTo(9);
    }
}
