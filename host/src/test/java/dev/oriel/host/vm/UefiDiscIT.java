package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.BootFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** A disc that no BIOS can start. */
class UefiDiscIT {
    @Test
    void discThatStartsOnlyByUefi_runsItsProgram() throws Exception {
        assumeThat(BootFiles.hasUefi()).as("the firmware is installed").isTrue();
        byte[] disc = UefiDisc.bytes();
        ImageDigest digest = new ImageDigest(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(disc)));
        try (HostBench bench = new HostBench(false, Map.of())) {
            bench.host().putImage(digest, new Bytes(disc.length), new ByteArrayInputStream(disc));
            VmSpec spec = new VmSpec(
                    VmId.random(),
                    UserId.random(),
                    new TemplateName("blank"),
                    1,
                    Bytes.ofMiB(128),
                    Bytes.ofMiB(64),
                    Optional.of(digest));

            assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);

            await("the program on the disc paints the screen red")
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> isRed(bench, spec));
            bench.ensure(spec, VmGoal.DELETED, 2);
        }
    }

    private static boolean isRed(HostBench bench, VmSpec spec) throws Exception {
        BufferedImage screen =
                ImageIO.read(new ByteArrayInputStream(bench.host().screenshot(spec.id())));
        int colour = screen.getRGB(screen.getWidth() / 2, screen.getHeight() / 2);
        return (colour >> 16 & 0xff) > 100 && (colour >> 8 & 0xff) < 50 && (colour & 0xff) < 50;
    }
}
