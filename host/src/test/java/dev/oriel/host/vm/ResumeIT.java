package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What others see of a guest that goes on from what it remembers, on real QEMU. */
@ExtendWith(FreshBench.class)
class ResumeIT {
    private final HostBench bench;

    ResumeIT(HostBench bench) {
        this.bench = bench;
    }

    @Test
    void resumed_isLinkedOnce_soThatAGatewayKeepsItsEarlyConnection() throws Exception {
        VmSpec vm = HostBench.spec(BootSector.POLITE);
        assertThat(bench.ensure(vm, VmGoal.RUNNING, 1).phase()).isEqualTo(VmPhase.RUNNING);
        assertThat(bench.ensure(vm, VmGoal.SUSPENDED, 2).phase()).isEqualTo(VmPhase.SUSPENDED);
        try (WatchService watch = FileSystems.getDefault().newWatchService()) {
            WatchKey key = bench.sockets().resolve("vnc").register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            assertThat(bench.ensure(vm, VmGoal.RUNNING, 3).phase()).isEqualTo(VmPhase.RUNNING);
            int links = 0;
            while (watch.poll(1, TimeUnit.SECONDS) != null) {
                for (WatchEvent<?> event : key.pollEvents()) {
                    links += Path.of(vm.id().toString()).equals(event.context()) ? event.count() : 0;
                }
                key.reset();
            }
            assertThat(links).isEqualTo(1);
        }
    }
}
