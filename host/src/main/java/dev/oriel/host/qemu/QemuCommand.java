package dev.oriel.host.qemu;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.json.OrielJson;
import dev.oriel.host.disk.BootFiles;
import dev.oriel.host.disk.DiskLink;
import dev.oriel.host.template.DisplayDevice;
import dev.oriel.host.template.GuestNetwork;
import dev.oriel.host.template.PointerDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds QEMU's argument list for a {@link Machine}. Every disk is an explicit graph of named nodes with fixed drivers,
 * so no image content ever decides how a file is opened; nothing listens on TCP; system calls a guest's escape would
 * want are denied.
 */
final class QemuCommand {
    /**
     * Between two events of a keyboard. A PS/2 keyboard keeps 16 bytes for a guest that is busy, three for each key: at
     * QEMU's 10 ms a guest that cannot look for a tenth of a second loses what is typed at once.
     */
    private static final int KEY_DELAY_MILLIS = 30;

    private static final int WIDTH = 1280;
    private static final int HEIGHT = 800;
    private static final String SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

    private final List<String> line = new ArrayList<>();

    private QemuCommand() {}

    /**
     * The arguments, without the program itself. The machine waits for QMP's {@code cont}.
     *
     * @param egress whether it will be in an {@link EgressNetwork}
     */
    static List<String> arguments(
            Machine machine,
            GuestMemory memory,
            String machineType,
            Accelerator.Kind accelerator,
            SocketPaths sockets,
            boolean egress) {
        QemuCommand command = new QemuCommand();
        command.identity(machine);
        command.board(machine, machineType, accelerator);
        command.memory(machine, memory);
        command.disks(machine);
        command.people(machine);
        command.extras(machine, egress);
        command.channels(sockets);
        command.add("-sandbox", SANDBOX);
        return List.copyOf(command.line);
    }

    private void identity(Machine machine) {
        add("-name", "guest=" + machine.processName());
        add("-uuid", machine.uuid().toString());
        add("-nodefaults");
        add("-no-user-config");
        add("-msg", "timestamp=on");
    }

    private void board(Machine machine, String machineType, Accelerator.Kind accelerator) {
        String flash = machine.uefi().isPresent() ? ",pflash0=uefi-code,pflash1=uefi-memory" : "";
        add("-machine", machineType + ",usb=off,memory-backend=ram" + flash);
        add("-accel", accelerator.option());
        add("-cpu", accelerator.cpu());
        add("-smp", "cpus=" + machine.cpus());
        add("-m", "size=" + machine.memory().toMiB() + "M");
        add("-rtc", "base=utc");
        add("-boot", "strict=on");
        // A guest whose system crashed can say so, and then stands still: its last screen stays to be read.
        device("driver", "pvpanic", "id", "panic0");
        add("-action", "panic=pause");
        add("-S");
    }

    /** The backend is named in every case: a state only fits a machine whose memory is called the same. */
    private void memory(Machine machine, GuestMemory memory) {
        long size = machine.memory().value();
        switch (memory) {
            case GuestMemory.Anonymous _, GuestMemory.Incoming _ ->
                json("-object", properties("qom-type", "memory-backend-ram", "id", "ram", "size", size));
            case GuestMemory.SharedFile(Path file) -> json("-object", file(file, true, size));
            case GuestMemory.PrivateCopy _ ->
                json("-object", file(Path.of("/proc/self/fd/" + GuestMemory.MEMORY_FD), false, size));
        }
        if (memory.incoming()) {
            add("-incoming", "defer");
        }
    }

    private static Map<String, Object> file(Path file, boolean share, long size) {
        return properties(
                "qom-type",
                "memory-backend-file",
                "id",
                "ram",
                "size",
                size,
                "mem-path",
                file.toString(),
                "share",
                share);
    }

    private void disks(Machine machine) {
        @Nullable String below = null;
        for (DiskLink link : machine.disk()) {
            below = link(link, below, link.equals(machine.disk().getLast()));
        }
        device(
                "driver",
                "virtio-blk-pci",
                "id",
                "disk0",
                "drive",
                machine.disk().getLast().node(),
                "bootindex",
                2);
        // The second unit of the second channel: every board has it, and the boot drives have the first ones.
        device("driver", "ide-cd", "id", Machine.DISC_DRIVE, "bus", "ide.1", "unit", 1);
        machine.iso().ifPresent(iso -> {
            raw("iso", iso, true);
            device("driver", "ide-cd", "id", "cd0", "bus", "ide.0", "drive", "iso", "bootindex", 1);
        });
        machine.seed().ifPresent(seed -> {
            raw("seed", seed, true);
            device("driver", "ide-cd", "id", "cd1", "bus", "ide.1", "drive", "seed");
        });
        machine.uefi().ifPresent(memory -> {
            raw("uefi-code", BootFiles.UEFI_CODE, true);
            raw("uefi-memory", memory, false);
        });
    }

    private void raw(String node, Path file, boolean readOnly) {
        String protocol = node + "-file";
        blockdev("driver", "file", "node-name", protocol, "filename", file.toString(), "read-only", readOnly);
        blockdev("driver", "raw", "node-name", node, "file", protocol, "read-only", readOnly);
    }

    /**
     * One file of the disk. What it stands on is said here, or that it stands on nothing: what its own header says of
     * other files is not followed.
     */
    private String link(DiskLink link, @Nullable String below, boolean writable) {
        String file = link.node() + "-file";
        Map<String, Object> protocol = properties(
                "driver", "file", "node-name", file, "filename", link.file().toString());
        Map<String, Object> node = properties("driver", link.driver(), "node-name", link.node(), "file", file);
        for (Map<String, Object> each : List.of(protocol, node)) {
            if (writable) {
                each.put("discard", "unmap");
            } else {
                each.put("read-only", true);
            }
        }
        if (link.format() == ImageFormat.QCOW2) {
            node.put("backing", below);
        }
        json("-blockdev", protocol);
        json("-blockdev", node);
        return link.node();
    }

    private void people(Machine machine) {
        String card = machine.display() == DisplayDevice.VIRTIO ? "virtio-vga" : "VGA";
        device("driver", card, "id", "video0", "xres", WIDTH, "yres", HEIGHT, "edid", true);
        // The keyboard is the board's own PS/2: every guest knows it, from the firmware on.
        if (machine.pointer() == PointerDevice.VIRTIO) {
            device("driver", "virtio-tablet-pci", "id", "pointer0");
        } else {
            device("driver", "qemu-xhci", "id", "usb0");
            device("driver", "usb-tablet", "id", "pointer0", "bus", "usb0.0");
        }
    }

    private void extras(Machine machine, boolean egress) {
        json("-object", properties("qom-type", "rng-random", "id", "rng", "filename", "/dev/urandom"));
        device("driver", "virtio-rng-pci", "id", "rng0", "rng", "rng");
        // A copy of a running guest learns by this that it is one, and draws fresh random numbers.
        device("driver", "vmgenid", "id", "genid0", "guid", "auto");
        if (machine.network() != GuestNetwork.NONE) {
            // Unrestricted only inside a namespace with rules of its own.
            json("-netdev", properties("type", "user", "id", "net", "restrict", !egress));
            device("driver", "virtio-net-pci", "id", "net0", "netdev", "net", "romfile", "");
        }
    }

    private void channels(SocketPaths sockets) {
        device("driver", "virtio-serial-pci", "id", "serial0");
        add("-chardev", "socket,id=agent,path=" + escaped(sockets.agent()) + ",server=on,wait=off");
        device("driver", "virtserialport", "id", "agent0", "chardev", "agent", "name", "org.qemu.guest_agent.0");
        add("-chardev", "socket,id=qmp,path=" + escaped(sockets.qmp()) + ",server=on,wait=off");
        add("-mon", "chardev=qmp,mode=control");
        add("-vnc", "unix:" + escaped(sockets.vnc()) + ",share=force-shared,key-delay-ms=" + KEY_DELAY_MILLIS);
    }

    private void blockdev(Object... pairs) {
        json("-blockdev", properties(pairs));
    }

    private void device(Object... pairs) {
        json("-device", properties(pairs));
    }

    private void json(String option, Map<String, ?> properties) {
        add(option, OrielJson.mapper().writeValueAsString(properties));
    }

    private void add(String... parts) {
        line.addAll(List.of(parts));
    }

    private static Map<String, Object> properties(Object... pairs) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            properties.put((String) pairs[i], pairs[i + 1]);
        }
        return properties;
    }

    /** A path in QEMU's key=value syntax: commas are doubled. */
    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }
}
