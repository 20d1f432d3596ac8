package dev.oriel.host.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Who a QEMU process is.
 *
 * @param uid its own uid and gid; empty: the VM Manager's
 * @param vncGid the group that may open its VNC socket
 * @param kvmGid the group that may open {@code /dev/kvm}
 */
public record RunAs(OptionalInt uid, OptionalInt vncGid, OptionalInt kvmGid) {
    /** With the group that {@code accelerator} needs on this machine. */
    public static RunAs on(Accelerator.Kind accelerator, OptionalInt uid, OptionalInt vncGid) throws IOException {
        OptionalInt kvmGid = accelerator == Accelerator.Kind.KVM
                ? OptionalInt.of((Integer) Files.getAttribute(Path.of("/dev/kvm"), "unix:gid"))
                : OptionalInt.empty();
        return new RunAs(uid, vncGid, kvmGid);
    }
}
