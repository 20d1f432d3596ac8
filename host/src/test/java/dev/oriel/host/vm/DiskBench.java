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
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
        onDisk(vm, "qemu-img", graph -> List.of("convert", "-O", "raw", graph, raw.toString()));
        return raw;
    }

    private String io(VmSpec vm, String command) throws IOException, InterruptedException {
        return onDisk(vm, "qemu-io", graph -> List.of("-c", command, graph));
    }

    /** Layers that a merge works on just now cannot be opened, and are others when it is done: then it is tried again. */
    private String onDisk(VmSpec vm, String program, Function<String, List<String>> arguments)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + HostBench.WAIT.toNanos();
        while (true) {
            Program.Result result =
                    Program.need(program).run(arguments.apply(graph(chainOf(vm).links())), HostBench.WAIT);
            if (result.succeeded()) {
                return result.output();
            }
            if (!inTheMiddleOfAMerge(result.output()) || System.nanoTime() > deadline) {
                throw new IOException(result.output());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static boolean inTheMiddleOfAMerge(String output) {
        return output.contains("\" lock") || output.contains("No such file");
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
