package dev.oriel.host.vm;

import dev.oriel.host.instant.InstantPlaces;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Gives every guest a uid that no other has: VMs' guests, those in the pool, and those that are about to be. */
final class UidLedger implements InstantPlaces.Uids {
    private final GuestUids uids;
    private final ReentrantLock lock;
    private final Supplier<Set<Integer>> taken;
    private final Set<Integer> reserved = new HashSet<>();

    /**
     * @param lock of the host, under which uids go from one owner to another
     * @param taken what VMs and the pool have; asked under the lock
     */
    UidLedger(GuestUids uids, ReentrantLock lock, Supplier<Set<Integer>> taken) {
        this.uids = uids;
        this.lock = lock;
        this.taken = taken;
    }

    /** One for a VM that is about to be known; with the lock held. */
    Optional<Integer> next() {
        Set<Integer> all = new HashSet<>(taken.get());
        all.addAll(reserved);
        return uids.next(all);
    }

    @Override
    public Optional<Integer> reserve() {
        lock.lock();
        try {
            Optional<Integer> uid = next();
            uid.ifPresent(reserved::add);
            return uid;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void release(Optional<Integer> uid) {
        lock.lock();
        try {
            uid.ifPresent(reserved::remove);
        } finally {
            lock.unlock();
        }
    }
}
