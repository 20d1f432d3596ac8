package dev.oriel.host.vm;

import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.Qcow2Header;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether all files of a disk are there and are what they should be, as far as their heads tell. */
final class DiskHealth {
    private DiskHealth() {}

    /** @throws StartFailed which of them is missing or damaged, in words for the VM's owner */
    static void check(DiskChain chain) throws StartFailed {
        for (DiskChain.Shared image : chain.base()) {
            require(image.path(), "its base image is missing on the host", "its base image is damaged on the host");
        }
        for (DiskLayer layer : chain.pathTo(chain.active())) {
            require(layer.path(), "a file of its disk is missing on the host", "its disk is damaged");
        }
    }

    static void requireBase(Path base) throws StartFailed {
        require(base, "its base image is missing on the host", "its base image is damaged on the host");
    }

    /** Damage deeper in a file is for QEMU to find. A file that sends QEMU to another one is none of ours. */
    private static void require(Path file, String missing, String damaged) throws StartFailed {
        if (!Files.isReadable(file)) {
            throw new StartFailed(missing);
        }
        try {
            if (Qcow2Header.read(file).dataElsewhere()) {
                throw new StartFailed(damaged);
            }
        } catch (IOException e) {
            throw new StartFailed(damaged, e);
        }
    }
}
