package dev.oriel.app.doctor;

import dev.oriel.host.qemu.Sandbox;

/** Whether each VM's process can be shut in: by shutting something in. */
final class Isolation {
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
}
