package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * The record of one VM: what is wanted of it and what is seen, always on disk before anybody else sees it. Wishes come
 * from everywhere, everything else from the VM's driver. Thread-safe.
 */
final class RecordKeeper {
    private static final Logger LOG = System.getLogger(RecordKeeper.class.getName());

    private final HostParts parts;
    private final InstanceDirectory directory;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile InstanceRecord record;
    private volatile boolean gone;

    RecordKeeper(HostParts parts, InstanceDirectory directory, InstanceRecord record) {
        this.parts = parts;
        this.directory = directory;
        this.record = record;
    }

    InstanceRecord now() {
        return record;
    }

    /** Whether the VM and everything of it is gone. */
    boolean isGone() {
        return gone;
    }

    void publish() {
        parts.observations().publish(record.observation());
    }

    /** Takes a wish; see {@link dev.oriel.core.host.HostApi#ensure}. A repeat changes nothing. */
    void accept(VmAssignment next) {
        lock.lock();
        try {
            VmAssignment seen = record.assignment();
            if (next.generation() < seen.generation()) {
                throw new OrielException(ErrorCode.STALE_GENERATION, "this host has seen a newer assignment");
            }
            if (seen.goal() == VmGoal.DELETED && next.goal() != VmGoal.DELETED) {
                throw new OrielException(ErrorCode.STATE_CONFLICT, "this VM is being deleted");
            }
            if (next.generation() > seen.generation() || isEscalation(seen, next) || isRevival(next)) {
                InstanceRecord assigned = record.assigned(next, parts.clock().instant());
                if (!gone) {
                    directory.write(assigned);
                }
                see(assigned);
            }
        } catch (IOException e) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "the host could not keep the assignment", e);
        } finally {
            lock.unlock();
        }
    }

    /** Changes the record. A full disk does not stop a VM from being looked after. */
    InstanceRecord update(UnaryOperator<InstanceRecord> change) {
        lock.lock();
        try {
            InstanceRecord next = change.apply(record);
            if (!next.equals(record)) {
                write(next);
                see(next);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Removes the record with its directory: nothing else is left of the VM. */
    void end() throws IOException {
        lock.lock();
        try {
            parts.onGone().accept(record.vm(), record.assignment().generation());
            directory.delete(record.vm());
            gone = true;
            parts.observations().publish(asGone(record));
        } finally {
            lock.unlock();
        }
    }

    private void write(InstanceRecord next) {
        try {
            directory.write(next);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "VM " + next.vm() + ": its record could not be written", e);
        }
    }

    /** With the lock held, and only when it is on disk: whoever sees a record may act on it at once. */
    private void see(InstanceRecord next) {
        record = next;
        parts.observations().publish(gone ? asGone(next) : next.observation());
    }

    private static VmObservation asGone(InstanceRecord last) {
        return last.ended().in(VmPhase.GONE, true, Optional.empty()).observation();
    }

    private static boolean isEscalation(VmAssignment seen, VmAssignment next) {
        return next.generation() == seen.generation() && next.goal() == seen.goal() && next.force() && !seen.force();
    }

    /** What the host itself ended is started, and what could not be deleted is deleted, by asking again. */
    private boolean isRevival(VmAssignment next) {
        boolean unfinished = next.goal() == VmGoal.RUNNING
                ? record.observation().endedByHost()
                : next.goal() == VmGoal.DELETED && record.phase() == VmPhase.FAILED;
        return unfinished && record.settled() && record.assignment().goal() == next.goal();
    }
}
