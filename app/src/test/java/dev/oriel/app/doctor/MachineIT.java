package dev.oriel.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.app.child.Children;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineIT {
    private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+");

    @TempDir
    Path directory;

    @Test
    void programs_tellTheirVersion_andMissingOnesTheirPackage() {
        try (Children tools = new Children(directory)) {
            Machine machine = new Machine(tools);
            Finding here = machine.program("qemu-img", "qemu-utils", List.of("qemu-img", "--version"), VERSION);
            assertThat(here.verdict()).isEqualTo(Finding.Verdict.GOOD);
            assertThat(here.text()).matches(VERSION);
            Finding missing = machine.program("nosuch", "no-such-package", List.of("/nosuch"), VERSION);
            assertThat(missing.verdict()).isEqualTo(Finding.Verdict.BAD);
            assertThat(missing.toString()).startsWith("✗ nosuch").endsWith("apt-get install no-such-package");
        }
    }

    @Test
    void portInUse_isTold() throws IOException {
        try (Children tools = new Children(directory);
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Finding finding = new Machine(tools).port(taken.getLocalPort(), "--port");
            assertThat(finding.verdict()).isEqualTo(Finding.Verdict.POOR);
            assertThat(finding.cure()).contains("--port");
        }
    }

    @Test
    void machine_hasDiskAndMemory() {
        try (Children tools = new Children(directory)) {
            assertThat(new Machine(tools).disk(directory.resolve("not/yet")).text())
                    .contains("GiB free");
            assertThat(new Machine(tools).disk(Path.of("not/yet")).text())
                    .as("named from where one stands")
                    .doesNotStartWith("0.0 GiB");
            assertThat(new Machine(tools).memory().text()).contains("GiB available");
        }
    }
}
