package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcceleratorsIT {
    @TempDir
    Path dir;

    /** The same boot sector that judges KVM, on the accelerator that is always there: it does run, and is timed. */
    @Test
    void loop_runsInAGuest_andIsTimed() throws Exception {
        assertThat(Accelerators.loopTime(QemuBinary.probe(), Accelerator.Kind.TCG, dir, Duration.ofSeconds(30)))
                .hasValueSatisfying(time -> assertThat(time).isBetween(Duration.ofNanos(1), Duration.ofSeconds(2)));
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void detection_isQuick_andSaysWhy() throws Exception {
        QemuBinary qemu = QemuBinary.probe();
        long begun = System.nanoTime();

        Accelerator found = Accelerators.detect(qemu, dir);

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
        assertThat(found.reason()).isNotBlank();
    }
}
