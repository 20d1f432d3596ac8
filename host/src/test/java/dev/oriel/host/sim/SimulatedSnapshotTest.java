package dev.oriel.host.sim;

import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.SnapshotContract;
import dev.oriel.core.vm.TemplateName;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The simulated host's snapshots are like the real one's. */
class SimulatedSnapshotTest extends SnapshotContract {
    @TempDir
    Path sockets;

    private SimulatedHost host;

    @BeforeEach
    void start() {
        host = new SimulatedHost(new HostName("sim"), sockets, 3, Clock.systemUTC());
        host.script().bootDelay(Duration.ofMillis(4)).stopDelay(Duration.ofMillis(2));
    }

    @AfterEach
    void stop() {
        deleteWhatWasMade();
        host.close();
    }

    @Override
    protected HostApi host() {
        return host;
    }

    @Override
    protected TemplateName template() {
        return new TemplateName("tiny");
    }
}
