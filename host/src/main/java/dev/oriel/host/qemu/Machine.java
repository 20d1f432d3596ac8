package dev.oriel.host.qemu;

import dev.oriel.core.unit.Bytes;
import dev.oriel.host.disk.DiskLink;
import dev.oriel.host.template.DisplayDevice;
import dev.oriel.host.template.GuestNetwork;
import dev.oriel.host.template.PointerDevice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The virtual hardware of one instance.
 *
 * @param instance 8 hex digits: names its directories and, as {@code oriel-<instance>}, its process
 * @param uuid what QMP's {@code query-uuid} and the guest's firmware say
 * @param disk every file of it, bottom first; only the last one is written to
 * @param iso a disc to boot from first
 * @param seed a second disc, with data for cloud-init
 * @param uefi the memory of its UEFI; empty: it starts by BIOS
 */
public record Machine(
        String instance,
        UUID uuid,
        int cpus,
        Bytes memory,
        List<DiskLink> disk,
        Optional<Path> iso,
        GuestNetwork network,
        PointerDevice pointer,
        DisplayDevice display,
        Optional<Path> seed,
        Optional<Path> uefi) {
    /** Id of the drive that discs are put into while the guest runs. */
    public static final String DISC_DRIVE = "discs";

    private static final Pattern INSTANCE = Pattern.compile("[0-9a-f]{8}");

    public Machine {
        if (!INSTANCE.matcher(instance).matches()) {
            throw new IllegalArgumentException("an instance is named by 8 hex digits");
        }
        disk = List.copyOf(disk);
        if (disk.isEmpty()) {
            throw new IllegalArgumentException("a machine has a disk");
        }
    }

    /** A machine that starts by BIOS and has no second disc. */
    public Machine(
            String instance,
            UUID uuid,
            int cpus,
            Bytes memory,
            List<DiskLink> disk,
            Optional<Path> iso,
            GuestNetwork network,
            PointerDevice pointer,
            DisplayDevice display) {
        this(instance, uuid, cpus, memory, disk, iso, network, pointer, display, Optional.empty(), Optional.empty());
    }

    /** The same machine with these files to start from. */
    public Machine starting(Optional<Path> newSeed, Optional<Path> newUefi) {
        return new Machine(instance, uuid, cpus, memory, disk, iso, network, pointer, display, newSeed, newUefi);
    }

    /** The name by which the process is known again. */
    public String processName() {
        return "oriel-" + instance;
    }
}
