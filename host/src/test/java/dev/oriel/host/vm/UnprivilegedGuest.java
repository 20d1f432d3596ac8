package dev.oriel.host.vm;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs as a program of its own, as somebody who is not root: a VM Manager whose guest may reach the world. */
final class UnprivilegedGuest {
    private UnprivilegedGuest() {}

    /** Prints what the kernel says of the guest's process. */
    public static void main(String[] arguments) throws Exception {
        try (HostBench bench = new HostBench(false, Map.of("oriel.host.networks", "stubborn=egress"))) {
            VmSpec spec = HostBench.spec(BootSector.STUBBORN);
            System.out.println("phase " + bench.ensure(spec, VmGoal.RUNNING, 1).phase());
            Path process = Path.of("/proc", Long.toString(bench.pidOf(spec)));
            for (String line : Files.readAllLines(process.resolve("status"))) {
                if (line.matches("(Cap|NoNew|Seccomp:).*")) {
                    System.out.println(line);
                }
            }
            List<String> devices = Files.readAllLines(process.resolve("net/dev"));
            System.out.println("device " + devices.getLast().strip());
            bench.ensure(spec, VmGoal.DELETED, 2);
            System.out.println("left " + bench.leftovers());
        }
    }
}
