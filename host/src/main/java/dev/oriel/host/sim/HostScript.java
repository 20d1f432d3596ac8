package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a {@link SimulatedHost} is told to do: how long things take, and what goes wrong. Thread-safe; a change counts
 * from the next thing that happens.
 */
public final class HostScript {
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger hangs = new AtomicInteger();
    private final AtomicInteger failingCopies = new AtomicInteger();
    private final AtomicInteger cutCopies = new AtomicInteger();
    private volatile Duration bootDelay = Duration.ofMillis(50);
    private volatile Duration stopDelay = Duration.ofMillis(20);
    private volatile boolean unreachable;
    private volatile boolean diskLow;
    private volatile Optional<VmId> broken = Optional.empty();
    private volatile CountDownLatch silence = new CountDownLatch(0);

    /** Time from an assignment to the first frame; 50 ms unless told. */
    public HostScript bootDelay(Duration delay) {
        bootDelay = delay;
        return this;
    }

    /** Time a guest takes to power down; 20 ms unless told. A forced stop takes none. */
    public HostScript stopDelay(Duration delay) {
        stopDelay = delay;
        return this;
    }

    /** The next {@code boots} end in phase failed. */
    public HostScript failNext(int boots) {
        failures.set(boots);
        return this;
    }

    /** The next {@code boots} stay in phase starting until they are stopped. */
    public HostScript hangNext(int boots) {
        hangs.set(boots);
        return this;
    }

    /** The next {@code copies} of snapshots fail as if their files were being changed. */
    public HostScript copiesFail(int copies) {
        failingCopies.set(copies);
        return this;
    }

    /** The next {@code copies} of snapshots break off while they are read. */
    public HostScript copiesBreak(int copies) {
        cutCopies.set(copies);
        return this;
    }

    /** While true every call fails with {@code HOST_UNREACHABLE}; VMs run on. */
    public HostScript unreachable(boolean now) {
        unreachable = now;
        return this;
    }

    /** While true calls do not return (two minutes at most); VMs run on. */
    public synchronized HostScript silent(boolean now) {
        silence.countDown();
        silence = new CountDownLatch(now ? 1 : 0);
        return this;
    }

    /** While true the host's disk is almost full: nothing new is begun, and guests that run are not harmed. */
    public HostScript diskLow(boolean now) {
        diskLow = now;
        return this;
    }

    /** The host fails inside at every wish for this VM; empty: at none. */
    public HostScript brokenFor(Optional<VmId> vm) {
        broken = vm;
        return this;
    }

    void onWish(VmId vm) {
        onCall();
        if (broken.filter(vm::equals).isPresent()) {
            throw new OrielException(ErrorCode.INTERNAL, "the simulated host fails at this VM");
        }
    }

    boolean isDiskLow() {
        return diskLow;
    }

    void requireDisk() {
        if (diskLow) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "this host's disk is almost full");
        }
    }

    Duration bootDelay() {
        return bootDelay;
    }

    Duration stopDelay() {
        return stopDelay;
    }

    boolean nextBootFails() {
        return take(failures);
    }

    boolean nextBootHangs() {
        return take(hangs);
    }

    void requireCopy() {
        if (take(failingCopies)) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "the disk cannot be read just now");
        }
    }

    boolean nextCopyBreaks() {
        return take(cutCopies);
    }

    /** Called at the start of every call of the host. */
    void onCall() {
        try {
            if (!silence.await(LONGEST_SILENCE.toMillis(), TimeUnit.MILLISECONDS) || unreachable) {
                throw new OrielException(ErrorCode.HOST_UNREACHABLE, "the simulated host plays dead");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OrielException(ErrorCode.HOST_UNREACHABLE, "interrupted while the simulated host was silent", e);
        }
    }

    private static boolean take(AtomicInteger left) {
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }
}
