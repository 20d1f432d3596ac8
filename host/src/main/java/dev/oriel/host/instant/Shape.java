package dev.oriel.host.instant;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLink;
import dev.oriel.host.qemu.GuestMemory;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.qemu.Machine;
import dev.oriel.host.qemu.SocketPaths;
import dev.oriel.host.template.BaseImage;
import dev.oriel.host.template.DisplayDevice;
import dev.oriel.host.template.GuestNetwork;
import dev.oriel.host.template.PointerDevice;
import dev.oriel.host.template.ReadyTemplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The hardware that a frozen guest has, and what its disk stands on: a VM of another shape cannot go on from it.
 *
 * @param base the image below; {@code baseFile} where it lies
 */
public record Shape(
        ImageDigest base,
        Path baseFile,
        int cpus,
        Bytes memory,
        Bytes disk,
        GuestNetwork network,
        PointerDevice pointer,
        DisplayDevice display) {
    /** Grows when what lies in a frozen state's directory changes its form. */
    private static final int FORM = 1;

    /** The shape of a template's VMs by default; empty when they start from an empty disk. */
    public static Optional<Shape> of(ReadyTemplate template) {
        return template.base().map(base -> of(template, base));
    }

    private static Shape of(ReadyTemplate template, BaseImage base) {
        Bytes disk = template.disk().compareTo(base.virtualSize()) < 0 ? base.virtualSize() : template.disk();
        return new Shape(
                base.digest(),
                base.file(),
                template.cpus(),
                template.memory(),
                disk,
                template.network(),
                template.pointer(),
                template.display());
    }

    /** The same with hardware that somebody chose; empty when the image does not fit on the disk. */
    Optional<Shape> with(Kind.Hardware other) {
        return other.disk().compareTo(disk) < 0
                ? Optional.empty()
                : Optional.of(new Shape(
                        base, baseFile, other.cpus(), other.memory(), other.disk(), network, pointer, display));
    }

    /** Whether a VM of the same template can start from it. */
    boolean fits(VmSpec spec) {
        return spec.cpus() == cpus
                && spec.memory().equals(memory)
                && spec.disk().equals(disk)
                && isPlain(spec);
    }

    /** Whether the VM has nothing that a frozen guest could not have known of. */
    static boolean isPlain(VmSpec spec) {
        return spec.iso().isEmpty()
                && spec.source().isEmpty()
                && spec.userData().isEmpty()
                && spec.firmware().filter(Firmware.UEFI::equals).isEmpty();
    }

    /** The machine of this shape, named {@code instance}, on {@code links}. */
    Machine machine(String instance, UUID uuid, List<DiskLink> links) {
        return new Machine(instance, uuid, cpus, memory, links, Optional.empty(), network, pointer, display);
    }

    /** What the disk of a new guest stands on. */
    List<DiskChain.Shared> below() {
        return List.of(new DiskChain.Shared(baseFile.toString(), ImageFormat.QCOW2));
    }

    /**
     * Names a frozen state of this shape on this hypervisor: 32 hex digits. It covers the whole command line, QEMU with
     * its version and file, the accelerator, the processor's features and the base image. A guest that goes on with
     * another processor is accepted by QEMU and dead.
     */
    String key(Hypervisor hypervisor) {
        try {
            Path binary = hypervisor.qemu().program().file();
            String all = String.join(
                    "\n",
                    Integer.toString(FORM),
                    hypervisor.qemu().version(),
                    Long.toString(Files.size(binary)),
                    Files.getLastModifiedTime(binary).toString(),
                    processor(),
                    base.toString(),
                    Long.toString(disk.value()),
                    commandLine(hypervisor));
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (IOException e) {
            throw new IllegalStateException("QEMU's program cannot be looked at", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** As it would be for an instance without a name. */
    private String commandLine(Hypervisor hypervisor) {
        Machine nobody = machine(
                "00000000", new UUID(0, 0), List.of(new DiskLink("layer1", Path.of("/disk"), ImageFormat.QCOW2)));
        return String.join(
                "\0",
                hypervisor
                        .launcher()
                        .arguments(
                                nobody,
                                GuestMemory.empty(),
                                hypervisor.accelerator().kind(),
                                SocketPaths.of(Path.of("/s"), "00000000")));
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("flags") || line.startsWith("model name"))
                    .distinct()
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "";
        }
    }
}
