package dev.oriel.host.instant;

import dev.oriel.host.disk.Overlays;
import dev.oriel.host.qemu.Hypervisor;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Where and with what this package works; all of it belongs to the host.
 *
 * @param data the host's data directory
 * @param sockets the host's sockets directory
 * @param vncGid group of the gateway, if any
 * @param hypervisor found out in the background at start
 * @param uids where guests that no VM owns get theirs
 * @param usersRun whether guests of VMs run now
 * @param working instances of guests that are being frozen or made for the pool just now
 */
public record InstantPlaces(
        Path data,
        Path sockets,
        OptionalInt vncGid,
        Overlays overlays,
        CompletableFuture<Hypervisor> hypervisor,
        Uids uids,
        Clock clock,
        BooleanSupplier usersRun,
        Set<String> working) {
    public InstantPlaces(
            Path data,
            Path sockets,
            OptionalInt vncGid,
            Overlays overlays,
            CompletableFuture<Hypervisor> hypervisor,
            Uids uids,
            Clock clock,
            BooleanSupplier usersRun) {
        this(data, sockets, vncGid, overlays, hypervisor, uids, clock, usersRun, ConcurrentHashMap.newKeySet());
    }

    /** Uids that no other instance has. */
    public interface Uids {
        /** One for a guest that is about to start; empty when guests run under the VM Manager's own. */
        Optional<Integer> reserve();

        /** The guest is gone, or somebody else answers for it. */
        void release(Optional<Integer> uid);
    }

    Path run() {
        return data.resolve("run/instance");
    }

    /** Layers of guests that no VM owns yet. */
    Path pool() {
        return data.resolve("vms/pool");
    }
}
