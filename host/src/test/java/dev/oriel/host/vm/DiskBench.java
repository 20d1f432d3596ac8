package dev.oriel.host.vm;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLink;
import dev.oriel.host.disk.DiskRecord;
import dev.oriel.host.disk.Program;
import dev.oriel.host.disk.Qcow2Header;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes to and reads from the disks of VMs that rest, as a guest would, by QEMU's own tools. */
record DiskBench(HostBench bench) {
    DiskChain chainOf(VmSpec vm) throws IOException {
        return new DiskRecord(bench.runDirectory(vm)).read().orElseThrow();
    }

    /** Fills {@code kib} KiB from {@code at} KiB on with a byte. */
    void write(VmSpec vm, int value, int at, int kib) throws IOException, InterruptedException {
        io(vm, "write -q -P " + value + " " + at + "k " + kib + "k");
    }

    boolean reads(VmSpec vm, int value, int at, int kib) throws IOException, InterruptedException {
        return !io(vm, "read -P " + value + " " + at + "k " + kib + "k").contains("failed");
    }

    Bytes sizeOf(VmSpec vm) throws IOException {
        return Qcow2Header.read(chainOf(vm).top().path()).virtualSize();
    }

    /** Digest of everything that the guest would read. */
    ImageDigest contentOf(VmSpec vm) throws IOException, InterruptedException {
        Path raw = raw(vm);
        try {
            return HostBench.digestOf(raw);
        } finally {
            Files.delete(raw);
        }
    }

    /** The first bytes that the guest would read. */
    byte[] head(VmSpec vm, int bytes) throws IOException, InterruptedException {
        Path raw = raw(vm);
        try (var in = Files.newInputStream(raw)) {
            return in.readNBytes(bytes);
        } finally {
            Files.delete(raw);
        }
    }

    private Path raw(VmSpec vm) throws IOException, InterruptedException {
        Path raw = Files.createTempFile("oriel-disk", ".raw");
        run("qemu-img", List.of("convert", "-O", "raw", graph(chainOf(vm).links()), raw.toString()));
        return raw;
    }

    private String io(VmSpec vm, String command) throws IOException, InterruptedException {
        return run("qemu-io", List.of("-c", command, graph(chainOf(vm).links())));
    }

    private static String run(String program, List<String> arguments) throws IOException, InterruptedException {
        Program.Result result = Program.need(program).run(arguments, HostBench.WAIT);
        if (!result.succeeded()) {
            throw new IOException(result.output());
        }
        return result.output();
    }

    private static String graph(List<DiskLink> links) {
        @Nullable Map<String, Object> below = null;
        for (DiskLink link : links) {
            Map<String, Object> node = new LinkedHashMap<>();
            node.put("driver", link.driver());
            node.put("file", Map.of("driver", "file", "filename", link.file().toString()));
            node.put("backing", below);
            below = node;
        }
        return "json:" + OrielJson.mapper().writeValueAsString(below);
    }
}
