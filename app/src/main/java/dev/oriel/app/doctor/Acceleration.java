package dev.oriel.app.doctor;

import dev.oriel.host.qemu.Accelerator;
import dev.oriel.host.qemu.Accelerators;
import dev.oriel.host.qemu.QemuBinary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether guest code really runs on the hardware here: by running some. */
final class Acceleration {
    private Acceleration() {}

    private static String cure() {
        Path device = Path.of("/dev/kvm");
        return Files.exists(device) && !Files.isWritable(device)
                ? "as root: usermod -aG kvm " + System.getProperty("user.name") + ", then sign in again"
                : "use a machine with hardware virtualisation, or enable it";
    }

    static Finding look() {
        try {
            Path scratch = Files.createTempDirectory("oriel-doctor");
            try {
                Accelerator found = Accelerators.detect(QemuBinary.probe(), scratch);
                return found.kind() == Accelerator.Kind.KVM
                        ? Finding.good("KVM", found.reason())
                        : Finding.poor("KVM", found.reason(), cure());
            } finally {
                Files.deleteIfExists(scratch);
            }
        } catch (IOException e) {
            return Finding.poor("KVM", "not tried: " + e.getMessage(), "install QEMU first");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Finding.poor("KVM", "not tried", "run doctor again");
        }
    }
}
