package dev.oriel.host.qemu;

import java.util.OptionalInt;

/**
 * Who a QEMU process is.
 *
 * @param uid its own uid and gid; empty: the VM Manager's
 * @param vncGid the group that may open its VNC socket
 * @param kvmGid the group that may open {@code /dev/kvm}
 */
public record RunAs(OptionalInt uid, OptionalInt vncGid, OptionalInt kvmGid) {}
