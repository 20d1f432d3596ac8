package dev.oriel.host.qemu;

/** The QEMU of this host and what its guests run on, once both are known. */
public record Hypervisor(QemuBinary qemu, Accelerator accelerator, QemuLauncher launcher) {}
