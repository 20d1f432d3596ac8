package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.qemu.Egress;
import dev.oriel.host.qemu.EgressRules;
import dev.oriel.host.qemu.Sandbox;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a guest's process sees of the host, and that the host still has it in its hand. */
class SandboxIT {
    private HostBench bench;

    @BeforeEach
    void open() throws Exception {
        assumeThat(Sandbox.detect().isThere())
                .as("this machine lets bubblewrap make namespaces")
                .isTrue();
        boolean root = System.getProperty("user.name").equals("root");
        Map<String, String> settings = new HashMap<>(Map.of("oriel.host.networks", "stubborn=egress"));
        if (root) {
            settings.put("oriel.host.uid-base", "813000");
        }
        bench = new HostBench(true, settings);
    }

    @AfterEach
    void close() throws Exception {
        if (bench != null) {
            bench.close();
        }
    }

    @Test
    void guestsProcess_seesOnlyItsPrograms_itsDisks_andItsSockets() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        Path process = Path.of("/proc", Long.toString(bench.pidOf(spec)));

        for (String namespace : List.of("mnt", "pid", "net", "ipc", "uts")) {
            assertThat(Files.readSymbolicLink(process.resolve("ns").resolve(namespace)))
                    .as(namespace)
                    .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns", namespace)));
        }
        assertThat(entriesOf(process.resolve("root")))
                .contains("usr", "proc")
                .doesNotContain("etc", "home", "root", "var");
        assertThat(entriesOf(inside(process, bench.sockets().resolve("q")))).hasSize(1);
        assertThat(inside(process, bench.data().resolve("run"))).doesNotExist();
        assertThat(Files.readAllLines(process.resolve("net/dev"))).hasSize(3); // two of heading, and its own loopback
        String status = Files.readString(process.resolve("status"));
        assertThat(status).contains("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000");
        assertThat(Files.readString(process.resolve("limits"))).containsPattern("Max core file size +0 +0");
    }

    @Test
    void guest_outlivesItsKeeper_isTakenOver_andEnded() throws Exception {
        VmSpec spec = HostBench.spec(BootSector.POLITE);
        bench.ensure(spec, VmGoal.RUNNING, 1);
        long pid = bench.pidOf(spec);
        ProcessHandle keeper =
                ProcessHandle.of(pid).flatMap(ProcessHandle::parent).orElseThrow();
        assertThat(keeper.info().command().orElseThrow()).endsWith("bwrap");
        assertThat(bench.processes()).containsExactly(pid);

        bench.restart(() -> {
            keeper.destroyForcibly();
            // As if the VM Manager had been killed before it could note whom it had started.
            Files.delete(bench.runDirectory(spec).resolve("pid"));
        });

        assertThat(bench.host().observe(spec.id()).orElseThrow().phase()).isEqualTo(VmPhase.RUNNING);
        await().atMost(Duration.ofSeconds(5)).until(() -> bench.host().screenshot(spec.id()).length > 0);
        assertThat(bench.pidOf(spec)).isEqualTo(pid);
        bench.ensure(spec, VmGoal.DELETED, 2);
        assertThat(bench.processes()).isEmpty();
        assertThat(bench.leftovers()).isEmpty();
    }

    @Test
    void guestWithEgress_isShutInAsEveryOther_andItsWayOutEndsWithIt() throws Exception {
        OptionalInt apart =
                System.getProperty("user.name").equals("root") ? OptionalInt.of(817001) : OptionalInt.empty();
        assumeThat(new Egress(EgressRules.of(List.of()), apart).obstacle())
                .as("this machine can give guests a way out")
                .isEmpty();
        VmSpec spec = HostBench.spec(BootSector.STUBBORN);
        assertThat(bench.ensure(spec, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        Path process = Path.of("/proc", Long.toString(bench.pidOf(spec)));

        assertThat(Files.readString(process.resolve("cmdline"))).contains("\"restrict\":false");
        assertThat(Files.readAllLines(process.resolve("net/dev")).getLast()).contains("tap0");
        assertThat(Files.readString(process.resolve("status")))
                .contains("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000");
        assertThat(entriesOf(process.resolve("root/etc"))).containsExactly("resolv.conf");
        // Its process, under a uid of its own, can read where names are looked up.
        assertThat(Files.getPosixFilePermissions(process.resolve("root/etc")))
                .contains(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);
        assertThat(Files.getPosixFilePermissions(process.resolve("root/etc/resolv.conf")))
                .contains(PosixFilePermission.OTHERS_READ);
        assertThat(inside(process, bench.data().resolve("run"))).doesNotExist();
        try (ServerSocket ours = new ServerSocket(0)) {
            assertThat(connectFrom(process, "127.0.0.1", ours.getLocalPort())).isNotZero();
            for (InetAddress address : ownAddresses()) {
                assertThat(connectFrom(process, address.getHostAddress(), ours.getLocalPort()))
                        .as(address.toString())
                        .isNotZero();
            }
        }

        bench.restart();
        assertThat(bench.pidOf(spec))
                .isEqualTo(Long.parseLong(process.getFileName().toString()));
        bench.ensure(spec, VmGoal.DELETED, 2);
        assertThat(bench.leftovers()).isEmpty();
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(waysOut()).isEmpty());
    }

    @Test
    void guestWithEgress_ofAVmManagerWithoutRoot_hasNoPowerOverItsNetwork() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path place = Files.createTempDirectory("ou"); // a path of sockets is short
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));
        try {
            List<String> line = new ArrayList<>(List.of(
                    "unshare",
                    "--mount",
                    "sh",
                    "-c",
                    "mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec \"$@\"",
                    "sh",
                    "setpriv",
                    "--reuid=847003",
                    "--regid=847003",
                    "--clear-groups",
                    "--bounding-set=-all",
                    "--inh-caps=-all"));
            line.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:-UsePerfData",
                    "--enable-native-access=ALL-UNNAMED",
                    "-Djava.io.tmpdir=" + place,
                    "-cp",
                    readableClassPath(place),
                    UnprivilegedGuest.class.getName()));
            Process process = new ProcessBuilder(line)
                    .redirectError(place.resolve("errors").toFile())
                    .start();
            String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(() -> errors(place)).isZero();
            assertThat(told)
                    .contains("phase RUNNING", "device tap0", "left []")
                    .contains("NoNewPrivs:\t1", "Seccomp:\t2")
                    .contains("CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "CapBnd:\t0000000000000000");
        } finally {
            remove(place);
        }
    }

    private static String errors(Path place) {
        try {
            return Files.readString(place.resolve("errors"));
        } catch (IOException e) {
            return "no errors to read";
        }
    }

    /** A copy that others than root may read: Maven keeps its own in root's home. */
    private static String readableClassPath(Path place) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path from = Path.of(entry);
            if (!Files.exists(from)) {
                continue;
            }
            Path to = place.resolve("cp" + copies.size() + (Files.isDirectory(from) ? "" : ".jar"));
            copies.add(to.toString());
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.toList()) {
                    // A jar is its own only file: its path below itself is empty.
                    Files.copy(
                            file,
                            file.equals(from)
                                    ? to
                                    : to.resolve(from.relativize(file).toString()));
                }
            }
        }
        return String.join(":", copies);
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static List<InetAddress> ownAddresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet4Address.class::isInstance)
                .toList();
    }

    private static int connectFrom(Path process, String address, int port) throws Exception {
        Process attempt = new ProcessBuilder(
                        "nsenter",
                        "--net=" + process.resolve("ns/net"),
                        "timeout",
                        "3",
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/" + address + "/" + port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return attempt.waitFor();
    }

    /** Those that hang on a pipe of this bench. */
    private List<Path> waysOut() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(path -> path.getFileName().toString().matches("\\d+"))
                    .filter(path -> {
                        try {
                            return Files.readSymbolicLink(path.resolve("fd/4")).startsWith(bench.root());
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .toList();
        }
    }

    private static Path inside(Path process, Path path) {
        return process.resolve("root").resolve(path.toString().substring(1));
    }

    private static List<String> entriesOf(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }
}
