package dev.oriel.core.host;

import dev.oriel.core.unit.Bytes;

/**
 * A host about itself, for placement and the admin's page.
 *
 * @param accelerator {@code kvm} when guest code really ran on it at speed, else {@code tcg}
 * @param qemuVersion as QMP says, like 7.2.22
 * @param cpus usable processors
 * @param memory physical memory; {@code memoryFree} what the kernel calls available
 * @param diskFree on the file system of the overlays
 * @param diskLow whether that is too little to begin anything new: what is left is for the guests that run
 * @param vms VMs with a process now, of at most {@code maxVms}
 */
public record HostInfo(
        HostName name,
        String accelerator,
        String qemuVersion,
        int cpus,
        Bytes memory,
        Bytes memoryFree,
        Bytes diskFree,
        boolean diskLow,
        int vms,
        int maxVms) {}
