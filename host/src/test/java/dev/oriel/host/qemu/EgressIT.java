package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Guests with a way out, on a machine and in a world that are network namespaces: what answers there says where a
 * connection ended. What is tried is what a guest, or one that broke out into its own process, can do.
 */
class EgressIT {
    private static final String WORLD = "93.184.216.34:80";
    private static final String MAIL = "93.184.216.34:25";
    private static final String PRIVATE = "10.9.8.7:80";
    private static final String METADATA = "169.254.169.254:80";
    private static final String NEIGHBOUR = "192.168.77.1:80";
    private static final String MACHINE = "11.0.0.2:8443";
    private static final String MACHINE_IN_ITS_LAN = "192.168.77.2:8443";
    private static final String LOOPBACK = "127.0.0.1:8443";
    private static final String GATEWAY = "198.18.0.2:8443";
    private static final String[] ALL = {
        WORLD, MAIL, PRIVATE, METADATA, NEIGHBOUR, MACHINE, MACHINE_IN_ITS_LAN, LOOPBACK, GATEWAY
    };

    private final List<Process> processes = new ArrayList<>();
    private Path directory;
    private long machine;

    @BeforeEach
    void build() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        directory = Files.createTempDirectory("oriel-egress-it");
        Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
        machine = namespace();
        long world = namespace();
        shell("""
                set -e
                nsenter --net=/proc/%1$d/ns/net ip link add outside type veth peer name inside
                nsenter --net=/proc/%1$d/ns/net ip link set inside netns %2$d
                nsenter --net=/proc/%1$d/ns/net sh -ec 'ip link set lo up; ip address add 11.0.0.2/24 dev outside;
                    ip address add 192.168.77.2/24 dev outside; ip link set outside up; ip route add default via 11.0.0.1'
                nsenter --net=/proc/%2$d/ns/net sh -ec 'ip link set lo up; ip address add 11.0.0.1/24 dev inside;
                    for a in 93.184.216.34/32 10.9.8.7/32 169.254.169.254/32 192.168.77.1/24; do
                        ip address add $a dev inside; done; ip link set inside up'
                """.formatted(machine, world));
        assertThat(line(started(in(world), trial("serve", "world", "80", "25"))))
                .isEqualTo("serving");
        assertThat(line(started(in(machine), trial("serve", "machine", "8443"))))
                .isEqualTo("serving");
    }

    @AfterEach
    void end() throws Exception {
        for (Process process : processes.reversed()) {
            process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        }
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    @Test
    void guest_reachesTheWorld_butNothingOfItsHost_norPrivateNetworks() throws Exception {
        Map<String, String> reached = reached(in(machine), "847001", "", ALL);

        assertThat(reached).containsEntry(WORLD, "world");
        Map<String, String> rest = new LinkedHashMap<>(reached);
        rest.remove(WORLD);
        assertThat(rest.values()).containsOnly("refused").hasSize(ALL.length - 1);
        // Without our network around it, this machine reaches all of that: it is not the test's world that refuses.
        for (String target : List.of(MAIL, PRIVATE, METADATA, NEIGHBOUR)) {
            assertThat(direct(target)).as(target).isEqualTo("world");
        }
        assertThat(direct(MACHINE_IN_ITS_LAN)).isEqualTo("machine");
    }

    @Test
    void operatorsRules_openPrivateNetworks_closePublicOnes_andNeverTheHost() throws Exception {
        String rules =
                "deny 93.184.216.34 tcp 1-79,allow 10.0.0.0/8 tcp 80,allow 192.168.77.0/24,allow 169.254.169.254,"
                        + "allow 127.0.0.0/8,allow 11.0.0.2,deny 93.184.0.0/16";

        Map<String, String> reached = reached(in(machine), "847001", rules, ALL);

        assertThat(reached)
                .containsEntry(PRIVATE, "world")
                .containsEntry(NEIGHBOUR, "world")
                .containsEntry(WORLD, "refused")
                .containsEntry(METADATA, "refused")
                .containsEntry(MACHINE, "refused")
                .containsEntry(MACHINE_IN_ITS_LAN, "refused")
                .containsEntry(LOOPBACK, "refused");
    }

    @Test
    void withoutRoot_theSameHolds() throws Exception {
        List<String> nobody = new ArrayList<>(in(machine));
        nobody.addAll(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec \"$@\"",
                "sh",
                "setpriv",
                "--reuid=847002",
                "--regid=847002",
                "--clear-groups",
                "--bounding-set=-all",
                "--inh-caps=-all"));

        Map<String, String> reached = reached(nobody, "", "", WORLD, PRIVATE, METADATA, MACHINE, LOOPBACK);

        assertThat(reached)
                .containsEntry(WORLD, "world")
                .containsEntry(PRIVATE, "refused")
                .containsEntry(METADATA, "refused")
                .containsEntry(MACHINE, "refused")
                .containsEntry(LOOPBACK, "refused");
    }

    private Map<String, String> reached(List<String> as, String uid, String rules, String... targets) throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("reach", directory.resolve("net").toString(), uid, rules));
        arguments.addAll(Arrays.asList(targets));
        Process process = started(as, trial(arguments.toArray(String[]::new)));
        Map<String, String> reached = new LinkedHashMap<>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            long keeper = Long.parseLong(lines.readLine().replaceAll("\\D+", ""));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                reached.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1));
            }
            // Nobody is in it any more, so it ends by itself.
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> ProcessHandle.of(keeper)
                            .filter(ProcessHandle::isAlive)
                            .isEmpty());
        }
        return reached;
    }

    private String direct(String target) throws Exception {
        String file = "/dev/tcp/" + target.replace(':', '/');
        List<String> line = new ArrayList<>(in(machine));
        return line(started(line, List.of("timeout", "5", "bash", "-c", "exec 3<>" + file + " && head -n 1 <&3")));
    }

    private long namespace() throws Exception {
        Process process = started(List.of("unshare", "--net"), List.of("sh", "-c", "echo ready; exec sleep 120"));
        assertThat(line(process)).isEqualTo("ready");
        return process.pid();
    }

    private static List<String> in(long namespace) {
        return List.of("nsenter", "--net=/proc/" + namespace + "/ns/net");
    }

    private static List<String> trial(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                EgressTrial.class.getName()));
        line.addAll(Arrays.asList(arguments));
        return line;
    }

    private Process started(List<String> as, List<String> command) throws IOException {
        List<String> line = new ArrayList<>(as);
        line.addAll(command);
        Process process = new ProcessBuilder(line)
                .redirectError(directory.resolve("errors").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private static String line(Process process) throws IOException {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
                .readLine();
    }

    private void shell(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script).inheritIO().start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
