package dev.oriel.host.vm;

import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostApiContract;
import dev.oriel.core.vm.TemplateName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** The real host keeps the same contract as the simulated one. */
@ExtendWith(FreshBench.class)
class QemuHostContractIT extends HostApiContract {
    private final HostBench bench;

    QemuHostContractIT(HostBench bench) {
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
