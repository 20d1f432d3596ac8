package dev.oriel.host.vm;

import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostApiContract;
import dev.oriel.core.vm.TemplateName;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The real host keeps the same contract as the simulated one. */
class QemuHostContractIT extends HostApiContract {
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
