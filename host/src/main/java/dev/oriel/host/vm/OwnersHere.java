package dev.oriel.host.vm;

import dev.oriel.core.vm.VmId;
import dev.oriel.host.instant.InstantTemplates;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** Who has something on this host. Thread-safe. */
final class OwnersHere implements Orphans.Owners {
    private final Map<VmId, VmDriver> drivers;
    private final InstantTemplates instant;
    private final ReentrantLock lock;

    /** @param lock of the host, under which a warm clone goes from the pool to a VM */
    OwnersHere(Map<VmId, VmDriver> drivers, InstantTemplates instant, ReentrantLock lock) {
        this.drivers = drivers;
        this.instant = instant;
        this.lock = lock;
    }

    @Override
    public Set<String> instances() {
        lock.lock();
        try {
            Set<String> all = new HashSet<>(instant.instances());
            drivers.values().forEach(driver -> all.add(driver.record().instance()));
            return all;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Set<VmId> vms() {
        return Set.copyOf(drivers.keySet());
    }
}
