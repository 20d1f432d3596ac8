package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * What is seen of each VM, and in which order it changed. Sequence numbers begin at the clock's time, so one from
 * before a restart is recognised as old. Thread-safe.
 */
final class Observations {
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);
    private static final int MAX_GONE = 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<VmId, Seen> seen = new LinkedHashMap<>();
    private long sequence;
    private long forgotten;

    private record Seen(VmObservation observation, long at) {
        boolean gone() {
            return observation.phase() == VmPhase.GONE;
        }
    }

    Observations(Clock clock) {
        sequence = clock.millis() * 1000;
        forgotten = sequence;
    }

    /** Makes an observation known; one that says nothing new changes nothing. */
    void publish(VmObservation observation) {
        lock.lock();
        try {
            Seen before = seen.get(observation.vm());
            if (before != null && before.observation().equals(observation)) {
                return;
            }
            seen.remove(observation.vm());
            seen.put(observation.vm(), new Seen(observation, ++sequence));
            forgetOldestGone();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The VM as seen now; one that is gone is not there. */
    Optional<VmObservation> of(VmId vm) {
        return latest(vm).filter(observation -> observation.phase() != VmPhase.GONE);
    }

    /** Waits until the VM has settled on {@code generation} or a newer one; answers what is seen then. */
    VmObservation awaitSettled(VmId vm, long generation, Duration limit) {
        Predicate<VmObservation> done = observation -> observation.generation() >= generation && observation.settled();
        await(limit, () -> latest(vm).filter(done).isPresent());
        return latest(vm).orElseThrow(() -> new IllegalStateException("an assigned VM is always known"));
    }

    VmChanges changes(long since, Duration limit) {
        await(limit, () -> since != sequence);
        lock.lock();
        try {
            boolean complete = since < forgotten || since > sequence;
            List<VmObservation> news = seen.values().stream()
                    .filter(entry -> complete ? !entry.gone() : entry.at() > since)
                    .map(Seen::observation)
                    .toList();
            return new VmChanges(sequence, complete, news);
        } finally {
            lock.unlock();
        }
    }

    private Optional<VmObservation> latest(VmId vm) {
        lock.lock();
        try {
            return Optional.ofNullable(seen.get(vm)).map(Seen::observation);
        } finally {
            lock.unlock();
        }
    }

    private void forgetOldestGone() {
        List<Map.Entry<VmId, Seen>> gone = seen.entrySet().stream()
                .filter(entry -> entry.getValue().gone())
                .toList();
        if (gone.size() > MAX_GONE) {
            forgotten = gone.getFirst().getValue().at();
            seen.remove(gone.getFirst().getKey());
        }
    }

    private void await(Duration limit, BooleanSupplier done) {
        long left = (limit.compareTo(MAX_WAIT) < 0 ? limit : MAX_WAIT).toNanos();
        lock.lock();
        try {
            while (!done.getAsBoolean() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OrielException(ErrorCode.SHUTTING_DOWN, "the host is stopping", e);
        } finally {
            lock.unlock();
        }
    }
}
