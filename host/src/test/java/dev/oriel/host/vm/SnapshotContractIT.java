package dev.oriel.host.vm;

import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.SnapshotContract;
import dev.oriel.core.vm.TemplateName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** Snapshots on real QEMU keep the same contract as simulated ones. */
@ExtendWith(FreshBench.class)
class SnapshotContractIT extends SnapshotContract {
    private final HostBench bench;

    SnapshotContractIT(HostBench bench) {
        this.bench = bench;
    }

    @AfterEach
    void deleteAll() {
        deleteWhatWasMade();
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
