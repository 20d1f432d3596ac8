package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.BootFiles;
import dev.oriel.host.disk.ElTorito;
import dev.oriel.host.template.BaseImage;
import dev.oriel.host.template.ReadyTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/** What an instance is made of for as long as its VM lives, decided once. */
final class NewInstance {
    private static final SecureRandom RANDOM = new SecureRandom();

    private NewInstance() {}

    /** @throws OrielException {@code BAD_IMAGE} when this host cannot start it the way it must be */
    static InstanceRecord of(VmAssignment assignment, ReadyTemplate template, HostParts parts, UidLedger uids) {
        byte[] name = new byte[4];
        RANDOM.nextBytes(name);
        boolean uefi = startsByUefi(assignment.spec(), parts);
        Bytes wanted = assignment.spec().disk();
        Bytes least = template.base().map(BaseImage::virtualSize).orElse(wanted);
        return new InstanceRecord(
                HexFormat.of().formatHex(name),
                UUID.randomUUID(),
                uids.next(),
                assignment,
                parts.clock().instant(),
                new InstanceRecord.Hardware(
                        template.base().map(base -> base.file().toString()),
                        wanted.compareTo(least) < 0 ? least : wanted,
                        template.network(),
                        template.pointer(),
                        template.display(),
                        Optional.of(uefi)),
                VmPhase.PROVISIONING,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static boolean startsByUefi(VmSpec spec, HostParts parts) {
        boolean uefi = spec.firmware().map(Firmware.UEFI::equals).orElseGet(() -> discStartsByUefi(spec, parts));
        if (uefi && !BootFiles.hasUefi()) {
            throw new OrielException(ErrorCode.BAD_IMAGE, "this host cannot start VMs by UEFI");
        }
        return uefi;
    }

    private static boolean discStartsByUefi(VmSpec spec, HostParts parts) {
        Optional<Path> disc = spec.iso().flatMap(parts.images()::find);
        try {
            return disc.isPresent() && ElTorito.onlyUefi(disc.get());
        } catch (IOException e) {
            return false;
        }
    }
}
