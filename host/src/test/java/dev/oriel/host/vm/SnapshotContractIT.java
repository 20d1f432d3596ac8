package dev.oriel.host.vm;

import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.SnapshotContract;
import dev.oriel.core.vm.TemplateName;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Snapshots on real QEMU keep the same contract as simulated ones. */
class SnapshotContractIT extends SnapshotContract {
    private HostBench bench;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        bench = new HostBench(false, Map.of());
    }

    @AfterEach
    void close() throws IOException {
        deleteWhatWasMade();
        bench.close();
    }

    @Override
    protected HostApi host() {
        return bench.host();
    }

    @Override
    protected TemplateName template() {
        return new TemplateName("polite");
    }
}
