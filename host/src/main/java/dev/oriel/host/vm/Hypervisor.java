package dev.oriel.host.vm;

import dev.oriel.host.qemu.Accelerator;
import dev.oriel.host.qemu.QemuBinary;
import dev.oriel.host.qemu.QemuLauncher;

/** The QEMU of this host and what its guests run on, once both are known. */
record Hypervisor(QemuBinary qemu, Accelerator accelerator, QemuLauncher launcher) {}
