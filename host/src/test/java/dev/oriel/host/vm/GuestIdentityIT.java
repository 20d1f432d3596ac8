package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who a guest's process is, and who may reach what of it. */
class GuestIdentityIT {
    private static final int UID_BASE = 812_000;
    private static final int VNC_GID = 812_999;
    private static final Map<String, String> SETTINGS =
            Map.of("oriel.host.uid-base", Integer.toString(UID_BASE), "oriel.host.vnc-gid", Integer.toString(VNC_GID));

    @Test
    void asRoot_everyGuestHasItsOwnUid_keptOverRestarts() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root may give processes other uids");
        try (HostBench bench = new HostBench(true, SETTINGS)) {
            VmSpec first = HostBench.spec(BootSector.POLITE);
            VmSpec second = HostBench.spec(BootSector.STUBBORN);
            assertThat(bench.ensure(first, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
            assertThat(bench.ensure(second, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);

            assertThat(statusOf(bench.pidOf(first)))
                    .contains(uidLine("Uid", UID_BASE), uidLine("Gid", UID_BASE), "Groups:\t ", "NoNewPrivs:\t1");
            assertThat(statusOf(bench.pidOf(second))).contains(uidLine("Uid", UID_BASE + 1));
            assertThat(bench.host().screenshot(first.id())).isNotEmpty();
            bench.ensure(first, VmGoal.STOPPED, 2);
            bench.restart();
            bench.ensure(first, VmGoal.RUNNING, 3);
            assertThat(statusOf(bench.pidOf(first))).contains(uidLine("Uid", UID_BASE));
        }
    }

    @Test
    void gatewayReachesTheConsole_andNothingElse() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root may give processes other uids");
        try (HostBench bench = new HostBench(true, SETTINGS)) {
            VmSpec spec = HostBench.spec(BootSector.POLITE);
            bench.ensure(spec, VmGoal.RUNNING, 1);
            Path console =
                    bench.sockets().resolve("vnc").resolve(spec.id().toString()).toRealPath();
            Path control = bench.sockets()
                    .resolve("q")
                    .resolve(bench.runDirectory(spec).toRealPath().getFileName());

            assertThat(permissions(console)).isEqualTo("rw-rw----");
            assertThat(Files.getAttribute(console, "unix:gid")).isEqualTo(VNC_GID);
            assertThat(permissions(console.resolveSibling(""))).isEqualTo("rwx--x---");
            assertThat(permissions(control)).isEqualTo("rwx------");
            assertThat(permissions(control.resolve("qmp.sock"))).isEqualTo("rw-------");
            assertThat(permissions(control.resolve("agent.sock"))).isEqualTo("rw-------");
            Path disk = bench.data().resolve("vms/users/" + spec.owner() + "/" + spec.id() + ".qcow2");
            assertThat(permissions(disk)).isEqualTo("rw-------");
            bench.ensure(spec, VmGoal.DELETED, 2);
            assertThat(bench.leftovers()).isEmpty();
        }
    }

    @Test
    void dataThatOthersCannotReach_keepsGuestsUnderOurOwnUid() throws Exception {
        try (HostBench bench = new HostBench(false, SETTINGS)) {
            VmSpec spec = HostBench.spec(BootSector.POLITE);

            assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);

            int ours = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            assertThat(statusOf(bench.pidOf(spec))).contains(uidLine("Uid", ours));
        }
    }

    @Test
    void guest_listensOnNoNetworkPort_andHasItsOwnSession() throws Exception {
        try (HostBench bench = new HostBench(false, Map.of())) {
            VmSpec spec = HostBench.spec(BootSector.POLITE);
            bench.ensure(spec, VmGoal.RUNNING, 1);
            long pid = bench.pidOf(spec);

            List<String> fields = List.of(Files.readString(Path.of("/proc", Long.toString(pid), "stat"))
                    .split("\\) ")[1]
                    .split(" "));
            assertThat(fields.get(3)).as("session").isEqualTo(Long.toString(pid));
            assertThat(inodesOfListeners()).doesNotContainAnyElementsOf(socketInodesOf(pid));
            assertThat(Files.readString(Path.of("/proc", Long.toString(pid), "environ")))
                    .isEqualTo("LC_ALL=C\0PWD=/\0");
        }
    }

    private static List<String> inodesOfListeners() throws Exception {
        List<String> found = new java.util.ArrayList<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            Files.readAllLines(Path.of("/proc/net", table)).stream()
                    .skip(1)
                    .map(line -> line.strip().split("\\s+")[9])
                    .forEach(found::add);
        }
        return found;
    }

    private static List<String> socketInodesOf(long pid) throws Exception {
        List<String> inodes = new java.util.ArrayList<>();
        try (var files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path file : files.toList()) {
                String target = Files.readSymbolicLink(file).toString();
                if (target.startsWith("socket:[")) {
                    inodes.add(target.substring(8, target.length() - 1));
                }
            }
        }
        assertThat(inodes).isNotEmpty();
        return inodes;
    }

    private static String uidLine(String name, int id) {
        return name + ":\t" + id + "\t" + id + "\t" + id + "\t" + id;
    }

    private static String statusOf(long pid) throws Exception {
        return Files.readString(Path.of("/proc", Long.toString(pid), "status"));
    }

    private static String permissions(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }
}
