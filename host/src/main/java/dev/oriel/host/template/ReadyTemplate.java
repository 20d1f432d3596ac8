package dev.oriel.host.template;

import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.util.Optional;

/**
 * What a VM of one template is made of.
 *
 * @param cpus default number of virtual processors
 * @param memory default guest RAM
 * @param disk default size of the VM's disk
 * @param base what its disk starts from; empty: an empty disk
 */
public record ReadyTemplate(
        TemplateName name,
        int cpus,
        Bytes memory,
        Bytes disk,
        Optional<BaseImage> base,
        GuestNetwork network,
        PointerDevice pointer,
        DisplayDevice display) {
    /** The same with another network. */
    ReadyTemplate in(GuestNetwork other) {
        return new ReadyTemplate(name, cpus, memory, disk, base, other, pointer, display);
    }
}
