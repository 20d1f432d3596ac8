package dev.oriel.host.qemu;

import dev.oriel.core.json.OrielJson;
import dev.oriel.host.disk.Program;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds out what guest code runs on here, by running guest code. That {@code /dev/kvm} opens proves nothing: there are
 * software back ends behind it that refuse the CPU model or interpret guests hundreds of times slower than KVM runs
 * them. So a boot sector counts down a loop between two letters on a debug port, under a deadline.
 */
public final class Accelerators {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    /** Real hardware needs under 4 ms for the loop, software behind /dev/kvm was seen at 240 ms. */
    private static final Duration SLOWEST = Duration.ofMillis(60);

    /** {@code out 'A'; for 200,000 times: nothing; out 'B'; halt} in 16-bit code, with the letters on port 0xe9. */
    private static final byte[] LOOP = {
        (byte) 0xfa, // cli
        (byte) 0xb0,
        'A', // mov al, 'A'
        (byte) 0xe6,
        (byte) 0xe9, // out 0xe9, al
        0x66,
        (byte) 0xb9,
        0x40,
        0x0d,
        0x03,
        0x00, // mov ecx, 200000
        0x66,
        0x49, // dec ecx
        0x75,
        (byte) 0xfc, // jnz to the dec
        (byte) 0xb0,
        'B', // mov al, 'B'
        (byte) 0xe6,
        (byte) 0xe9, // out 0xe9, al
        (byte) 0xf4, // hlt
        (byte) 0xeb,
        (byte) 0xfd, // jmp to the hlt
    };

    private Accelerators() {}

    /** KVM when it really works with the CPU model that VMs get, else TCG. Takes at most about two seconds. */
    public static Accelerator detect(QemuBinary qemu, Path scratch) throws InterruptedException {
        Path device = Path.of("/dev/kvm");
        if (!Files.exists(device)) {
            return tcg("there is no /dev/kvm");
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return tcg("/dev/kvm may not be opened by this user");
        }
        try {
            Optional<Duration> loop = loopTime(qemu, Accelerator.Kind.KVM, scratch, LIMIT);
            if (loop.isEmpty()) {
                return tcg(
                        "/dev/kvm opens, but no guest code came to run on it: QEMU gave up on this CPU, or took over "
                                + LIMIT.toSeconds() + " s");
            }
            if (loop.get().compareTo(SLOWEST) > 0) {
                return tcg("guest code on /dev/kvm is interpreted by software: a loop took "
                        + loop.get().toMillis() + " ms");
            }
            return new Accelerator(
                    Accelerator.Kind.KVM,
                    "guest code ran: a loop took " + loop.get().toMillis() + " ms");
        } catch (IOException e) {
            return tcg("QEMU did not start with KVM");
        }
    }

    /** How long the loop took in a guest with this accelerator and its CPU model; empty when it did not end in time. */
    static Optional<Duration> loopTime(QemuBinary qemu, Accelerator.Kind kind, Path scratch, Duration limit)
            throws IOException, InterruptedException {
        Path disk = scratch.resolve("accelerator-probe.img");
        try {
            // The firmware reads no disk that is smaller than a cylinder.
            byte[] sector = Arrays.copyOf(LOOP, 1 << 20);
            sector[510] = 0x55;
            sector[511] = (byte) 0xaa;
            Files.write(disk, sector);
            return run(qemu, kind, disk, limit);
        } finally {
            Files.deleteIfExists(disk);
        }
    }

    private static Optional<Duration> run(QemuBinary qemu, Accelerator.Kind kind, Path disk, Duration limit)
            throws IOException, InterruptedException {
        String drive = OrielJson.mapper()
                .writeValueAsString(Map.of(
                        "driver",
                        "raw",
                        "node-name",
                        "disk",
                        "read-only",
                        true,
                        "file",
                        Map.of("driver", "file", "filename", disk.toString())));
        // A guest that halts for ever must end even when this process is killed meanwhile: hence timeout.
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Program.need("timeout").file().toString(),
                        "--signal=KILL",
                        Long.toString(limit.toSeconds() + 1),
                        qemu.program().file().toString(),
                        "-nodefaults",
                        "-no-user-config",
                        "-machine",
                        qemu.machineType() + ",usb=off",
                        "-accel",
                        kind.option(),
                        "-cpu",
                        kind.cpu(),
                        "-m",
                        "size=32M",
                        "-display",
                        "none",
                        "-blockdev",
                        drive,
                        "-device",
                        "virtio-blk-pci,drive=disk,bootindex=1",
                        "-chardev",
                        "stdio,id=letters,signal=off",
                        "-device",
                        "isa-debugcon,iobase=0xe9,chardev=letters"))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        Process process = builder.start();
        try {
            CompletableFuture<Optional<Duration>> loop = new CompletableFuture<>();
            Thread.ofVirtual().name("accelerator-probe").start(() -> loop.complete(timeLetters(process)));
            return loop.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Optional<Duration> timeLetters(Process process) {
        try (InputStream letters = process.getInputStream()) {
            if (letters.read() != 'A') {
                return Optional.empty();
            }
            long begun = System.nanoTime();
            return letters.read() == 'B' ? Optional.of(Duration.ofNanos(System.nanoTime() - begun)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Accelerator tcg(String reason) {
        return new Accelerator(
                Accelerator.Kind.TCG, reason + "; guests are emulated (TCG), which is slow and no security boundary");
    }
}
