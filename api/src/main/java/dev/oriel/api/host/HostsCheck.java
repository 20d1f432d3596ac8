package dev.oriel.api.host;

import dev.oriel.api.ops.HealthCheck;
import dev.oriel.core.host.HostInfo;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.springframework.stereotype.Component;

/** Whether every VM Manager answers. Thread-safe. */
@Component
class HostsCheck implements HealthCheck {
    private final Hosts hosts;

    HostsCheck(Hosts hosts) {
        this.hosts = hosts;
    }

    @Override
    public String name() {
        return "hosts";
    }

    /** Asks all at the same time; whoever waits for this interrupts it when it takes too long. */
    @Override
    public void check() throws Exception {
        List<Callable<HostInfo>> questions =
                hosts.all().stream().<Callable<HostInfo>>map(host -> host::info).toList();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            for (Future<HostInfo> answer : threads.invokeAll(questions)) {
                answer.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
