package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import dev.oriel.host.disk.BootFiles;
import dev.oriel.host.disk.ImageStore;
import dev.oriel.host.disk.Overlays;
import dev.oriel.host.instant.InstantTemplates;
import dev.oriel.host.qemu.Hypervisor;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/**
 * What all drivers of one host share.
 *
 * @param run where instances keep what must survive
 * @param hypervisor found out in the background at start
 * @param vncGid group of the gateway, or -1
 * @param instant what VMs start from instead of from nothing
 * @param hookTurns that guests which are copies take to be told so
 * @param onGone told when a VM and everything of it is gone, with the generation that deleted it
 */
record HostParts(
        Path run,
        Path sockets,
        Duration stopGrace,
        int vncGid,
        Overlays overlays,
        ImageStore images,
        BootFiles bootFiles,
        Observations observations,
        CompletableFuture<Hypervisor> hypervisor,
        InstantTemplates instant,
        Clock clock,
        HookTurns hookTurns,
        BiConsumer<VmId, Long> onGone) {
    private static final Duration PROBING = Duration.ofSeconds(15);

    /**
     * Waits for the search to end.
     *
     * @throws OrielException when there is no QEMU that works
     */
    Hypervisor hypervisorNow() throws InterruptedException {
        try {
            return hypervisor.get(PROBING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "QEMU does not work on this host", e);
        }
    }

    InstanceDirectory directory(String instance) {
        return new InstanceDirectory(run, sockets, instance);
    }
}
