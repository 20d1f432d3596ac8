package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.BootFiles;
import dev.oriel.host.disk.ElTorito;
import dev.oriel.host.disk.ImageStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What starts a VM: what its owner wants, else what its disc needs. */
final class FirmwareChoice {
    private FirmwareChoice() {}

    static boolean startsByUefi(ImageStore images, VmSpec spec) {
        boolean uefi = spec.firmware().map(Firmware.UEFI::equals).orElseGet(() -> discStartsByUefi(images, spec));
        if (uefi && !BootFiles.hasUefi()) {
            throw new OrielException(ErrorCode.BAD_IMAGE, "this host cannot start VMs by UEFI");
        }
        return uefi;
    }

    private static boolean discStartsByUefi(ImageStore images, VmSpec spec) {
        Optional<Path> disc = spec.iso().flatMap(images::find);
        try {
            return disc.isPresent() && ElTorito.onlyUefi(disc.get());
        } catch (IOException e) {
            return false;
        }
    }
}
