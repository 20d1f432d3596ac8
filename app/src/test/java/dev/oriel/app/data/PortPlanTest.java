package dev.oriel.app.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortPlanTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("ports.json");
    }

    @Test
    void partsKeepTheirPorts_overRestarts() throws IOException {
        PortPlan first = PortPlan.load(file);
        int api = first.loopback("api");
        int host = first.loopback("host");
        first.save();
        assertThat(api).isNotEqualTo(host);
        PortPlan second = PortPlan.load(file);
        assertThat(second.loopback("api")).isEqualTo(api);
        assertThat(second.loopback("host")).isEqualTo(host);
        assertThat(Files.readString(file)).contains("\"api\":" + api);
    }

    @Test
    void aPortThatSomebodyTook_isReplaced() throws IOException {
        PortPlan first = PortPlan.load(file);
        int api = first.loopback("api");
        first.save();
        try (ServerSocket taken = new ServerSocket(api, 1, InetAddress.getLoopbackAddress())) {
            assertThat(PortPlan.load(file).loopback("api")).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void anAskedPortInUse_isTold_withTheCure() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PortPlan plan = PortPlan.load(file);
            assertThatThrownBy(() -> plan.asked("front", "127.0.0.1", taken.getLocalPort(), "--port"))
                    .isInstanceOfSatisfying(SetupException.class, e -> {
                        assertThat(e).hasMessageContaining("port " + taken.getLocalPort());
                        assertThat(e.cure()).contains("--port");
                    });
            assertThat(plan.wished("http", "127.0.0.1", taken.getLocalPort())).isEmpty();
        }
    }

    @Test
    void anAddressOfAnotherMachine_isTold() {
        assertThatThrownBy(() -> PortPlan.load(file).asked("front", "192.0.2.1", 0, "--port"))
                .isInstanceOf(SetupException.class)
                .hasMessageContaining("192.0.2.1");
    }

    @Test
    void aSpoiltFile_countsAsNone() throws IOException {
        Files.writeString(file, "{\"api\": 1");
        assertThat(PortPlan.load(file).loopback("api")).isBetween(20_000, 32_000);
    }
}
