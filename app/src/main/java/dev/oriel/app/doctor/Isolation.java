package dev.oriel.app.doctor;

import dev.oriel.host.qemu.ControlGroups;
import dev.oriel.host.qemu.Egress;
import dev.oriel.host.qemu.EgressRules;
import dev.oriel.host.qemu.Sandbox;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Whether each VM's process can be shut in: by shutting something in, as a VM Manager of this user would. */
final class Isolation {
    private static final int NOBODY = 65_534;

    private Isolation() {}

    static Finding look() {
        try {
            Sandbox found = Sandbox.detect();
            return found.isThere()
                    ? Finding.good("VM isolation", found.reason())
                    : Finding.poor(
                            "VM isolation",
                            found.reason() + ": the processes of VMs see this whole machine, under uids of their own"
                                    + " when root starts them",
                            "apt-get install bubblewrap; in a container, allow it to make namespaces");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Finding.poor("VM isolation", "not tried", "run doctor again");
        }
    }

    /** Looked at only: a group for it would be left behind. */
    static Finding limits() {
        ControlGroups found = ControlGroups.look();
        return found.unlimited().isEmpty()
                ? Finding.good("VM limits", found.reason())
                : Finding.poor(
                        "VM limits",
                        found.reason() + ": VMs run WITHOUT LIMITS of their own of "
                                + String.join(", ", found.unlimited()),
                        "boot with systemd.unified_cgroup_hierarchy=1; without root, start Oriel by:"
                                + " systemd-run --user --scope -p Delegate=yes ./oriel up");
    }

    static Finding egress() {
        try {
            boolean root = System.getProperty("user.name").equals("root");
            Optional<String> obstacle = new Egress(
                            EgressRules.of(List.of()), root ? OptionalInt.of(NOBODY) : OptionalInt.empty())
                    .obstacle();
            return obstacle.isEmpty()
                    ? Finding.good("guests' way out", "a network with rules was made and connected")
                    : Finding.poor(
                            "guests' way out",
                            obstacle.get() + ": guests whose template allows egress reach NOTHING",
                            "apt-get install slirp4netns nftables iproute2; chmod 666 /dev/net/tun; in a container, allow"
                                    + " it user namespaces and that device");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Finding.poor("guests' way out", "not tried", "run doctor again");
        }
    }
}
