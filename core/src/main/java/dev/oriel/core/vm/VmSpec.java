package dev.oriel.core.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a VM is made of, all that a host needs to know. Carries no text that a user wrote: names stay in the API.
 *
 * @param owner whose VM it is: decides where its overlay lies
 * @param memory guest RAM
 * @param disk size of its disk; never smaller than the template's base image
 * @param iso a disc to boot from, which must have been given to the host before
 * @param source a snapshot that its disk is taken from; empty: the template's base image, or what it has become since
 * @param userData what the guest's cloud-init reads at its first start; given to the host before, like a disc, and
 *     forgotten by it with the last VM that uses it
 * @param firmware what starts it; empty: UEFI when its disc starts no other way, else BIOS
 */
public record VmSpec(
        VmId id,
        UserId owner,
        TemplateName template,
        int cpus,
        Bytes memory,
        Bytes disk,
        Optional<ImageDigest> iso,
        Optional<DiskSource> source,
        Optional<ImageDigest> userData,
        Optional<Firmware> firmware) {
    public VmSpec {
        if (cpus < 1 || cpus > 64) {
            throw new IllegalArgumentException("cpus must be 1 to 64");
        }
        if (memory.compareTo(Bytes.ofMiB(32)) < 0) {
            throw new IllegalArgumentException("memory must be at least 32 MiB");
        }
    }

    /** A VM whose disk comes from its template. */
    public VmSpec(
            VmId id,
            UserId owner,
            TemplateName template,
            int cpus,
            Bytes memory,
            Bytes disk,
            Optional<ImageDigest> iso) {
        this(id, owner, template, cpus, memory, disk, iso, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The same VM with its disk taken from {@code newSource}. */
    public VmSpec from(DiskSource newSource) {
        return new VmSpec(id, owner, template, cpus, memory, disk, iso, Optional.of(newSource), userData, firmware);
    }

    /** The same VM that boots so, and whose guest finds this user data. */
    public VmSpec booting(Optional<ImageDigest> newUserData, Optional<Firmware> newFirmware) {
        return new VmSpec(id, owner, template, cpus, memory, disk, iso, source, newUserData, newFirmware);
    }

    /** Whatever the host must have been given before it can start this VM. */
    public List<ImageDigest> images() {
        return Stream.concat(iso.stream(), userData.stream()).toList();
    }
}
