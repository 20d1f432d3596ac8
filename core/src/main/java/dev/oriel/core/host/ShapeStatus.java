package dev.oriel.core.host;

import dev.oriel.core.unit.Bytes;
import java.util.Optional;

/**
 * Hardware other than a template's own that VMs were made with, as one host has it.
 *
 * @param disk size of the VMs' disk
 * @param instant whether VMs with this hardware start from frozen running state
 * @param step what is being done for that, or why nothing can be, in a few words
 */
public record ShapeStatus(int cpus, Bytes memory, Bytes disk, boolean instant, Optional<String> step) {
    /** Whether it is about the same hardware. */
    public boolean isLike(ShapeStatus other) {
        return cpus == other.cpus && memory.equals(other.memory) && disk.equals(other.disk);
    }
}
