package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.host.disk.DiskLink;
import dev.oriel.host.template.DisplayDevice;
import dev.oriel.host.template.GuestNetwork;
import dev.oriel.host.template.PointerDevice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class QemuCommandTest {
    private static final SocketPaths SOCKETS = SocketPaths.of(Path.of("/s,x"), "0123abcd");

    @Test
    void disks_areFixedGraphs_neverProbed() {
        List<String> line = line(machine(GuestNetwork.NONE, PointerDevice.USB, Optional.of(Path.of("/i.iso"))));

        assertThat(line)
                .containsSubsequence(
                        "{\"driver\":\"file\",\"node-name\":\"base0-file\",\"filename\":\"/b.qcow2\",\"read-only\":true}",
                        "{\"driver\":\"qcow2\",\"node-name\":\"base0\",\"file\":\"base0-file\",\"read-only\":true,\"backing\":null}",
                        "{\"driver\":\"qcow2\",\"node-name\":\"layer1\",\"file\":\"layer1-file\",\"read-only\":true,\"backing\":\"base0\"}",
                        "{\"driver\":\"qcow2\",\"node-name\":\"layer2\",\"file\":\"layer2-file\",\"discard\":\"unmap\",\"backing\":\"layer1\"}")
                .contains(
                        "{\"driver\":\"virtio-blk-pci\",\"id\":\"disk0\",\"drive\":\"layer2\",\"bootindex\":2}",
                        "{\"driver\":\"raw\",\"node-name\":\"iso\",\"file\":\"iso-file\",\"read-only\":true}",
                        "{\"driver\":\"ide-cd\",\"id\":\"cd0\",\"bus\":\"ide.0\",\"drive\":\"iso\",\"bootindex\":1}")
                .doesNotContain("-drive", "-hda", "-cdrom");
    }

    @Test
    void diskWithoutBase_standsAlone() {
        Machine blank = new Machine(
                "0123abcd",
                new UUID(1, 2),
                1,
                Bytes.ofMiB(64),
                List.of(link("layer1", "/d.qcow2")),
                Optional.empty(),
                GuestNetwork.NONE,
                PointerDevice.USB,
                DisplayDevice.STD);

        assertThat(line(blank)).anyMatch(part -> part.contains("\"layer1\"") && part.endsWith("\"backing\":null}"));
    }

    @Test
    void network_neverReachesOut() {
        assertThat(line(machine(GuestNetwork.NONE, PointerDevice.USB, Optional.empty())))
                .doesNotContain("-netdev")
                .noneMatch(part -> part.contains("virtio-net"));
        for (GuestNetwork network : List.of(GuestNetwork.RESTRICTED, GuestNetwork.EGRESS)) {
            assertThat(line(machine(network, PointerDevice.USB, Optional.empty())))
                    .contains("{\"type\":\"user\",\"id\":\"net\",\"restrict\":true}");
        }
    }

    @Test
    void nothing_isReachableButByUnixSockets() {
        List<String> line = line(machine(GuestNetwork.RESTRICTED, PointerDevice.VIRTIO, Optional.empty()));

        assertThat(line)
                .containsSubsequence("-vnc", "unix:/s,,x/i/0123abcd/vnc.sock,share=force-shared,key-delay-ms=30")
                .contains(
                        "socket,id=qmp,path=/s,,x/q/0123abcd/qmp.sock,server=on,wait=off",
                        "-nodefaults",
                        "-no-user-config")
                .containsSubsequence(
                        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny")
                .noneMatch(part -> part.contains("websocket"));
    }

    @Test
    void pointer_isWhatTheTemplateSays() {
        assertThat(line(machine(GuestNetwork.NONE, PointerDevice.VIRTIO, Optional.empty())))
                .anyMatch(part -> part.contains("virtio-tablet-pci"))
                .noneMatch(part -> part.contains("usb-tablet"));
        assertThat(line(machine(GuestNetwork.NONE, PointerDevice.USB, Optional.empty())))
                .anyMatch(part -> part.contains("usb-tablet"));
    }

    @Test
    void instance_isOnlyEverEightHexDigits() {
        for (String name : List.of("", "0123abcde", "0123ABCD", "../../..", "a,b=c,d.")) {
            assertThatThrownBy(() -> new Machine(
                            name,
                            new UUID(1, 2),
                            1,
                            Bytes.ofMiB(64),
                            List.of(link("layer1", "/d")),
                            Optional.empty(),
                            GuestNetwork.NONE,
                            PointerDevice.USB,
                            DisplayDevice.STD))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static DiskLink link(String node, String file) {
        return new DiskLink(node, Path.of(file), ImageFormat.QCOW2);
    }

    private static Machine machine(GuestNetwork network, PointerDevice pointer, Optional<Path> iso) {
        return new Machine(
                "0123abcd",
                new UUID(1, 2),
                2,
                Bytes.ofMiB(512),
                List.of(link("base0", "/b.qcow2"), link("layer1", "/1.qcow2"), link("layer2", "/2.qcow2")),
                iso,
                network,
                pointer,
                DisplayDevice.STD);
    }

    private static List<String> line(Machine machine) {
        return QemuCommand.arguments(
                machine, GuestMemory.empty(), "pc-i440fx-7.2", Accelerator.Kind.TCG, SOCKETS, false);
    }
}
