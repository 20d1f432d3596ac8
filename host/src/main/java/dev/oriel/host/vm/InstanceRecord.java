package dev.oriel.host.vm;

import dev.oriel.core.host.HookState;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.instant.PooledClone;
import dev.oriel.host.template.DisplayDevice;
import dev.oriel.host.template.GuestNetwork;
import dev.oriel.host.template.PointerDevice;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Everything the host remembers of one instance ({@code spec.json}): enough to go on after a restart as if nothing had
 * happened.
 *
 * @param instance 8 hex digits
 * @param machine uuid of the virtual hardware
 * @param uid that its process runs under, when not the VM Manager's own
 * @param assignment the newest one accepted
 * @param assignedAt when that was
 * @param startedIn generation for which its present or last process was started; {@code resetIn} for which it was reset
 * @param hooks how far its guest has been told that it is a copy; empty: it is none
 * @param hardware what the template said when the instance was made: a later template does not change it
 */
record InstanceRecord(
        String instance,
        UUID machine,
        Optional<Integer> uid,
        VmAssignment assignment,
        Instant assignedAt,
        Hardware hardware,
        VmPhase phase,
        boolean settled,
        Optional<String> reason,
        Optional<Long> bootMillis,
        Optional<Instant> startedAt,
        Optional<Long> startedIn,
        Optional<Long> resetIn,
        Optional<HookState> hooks) {
    /**
     * What comes from the template.
     *
     * @param base path of the base image
     * @param disk size of the VM's disk
     * @param uefi whether it starts by UEFI: what its guest has installed itself for; absent: by BIOS
     */
    record Hardware(
            Optional<String> base,
            Bytes disk,
            GuestNetwork network,
            PointerDevice pointer,
            DisplayDevice display,
            Optional<Boolean> uefi) {
        boolean startsByUefi() {
            return uefi.orElse(false);
        }
    }

    /** As the owner of an instance that was made before this VM was. */
    InstanceRecord on(PooledClone clone) {
        return new InstanceRecord(
                clone.instance(),
                clone.machine(),
                clone.uid(),
                assignment,
                assignedAt,
                hardware,
                phase,
                settled,
                reason,
                bootMillis,
                startedAt,
                Optional.of(assignment.generation()),
                resetIn,
                hooks);
    }

    VmId vm() {
        return assignment.spec().id();
    }

    VmObservation observation() {
        return new VmObservation(vm(), assignment.generation(), phase, settled, reason, bootMillis, startedAt, hooks);
    }

    /** With a newer wish, not yet worked on. */
    InstanceRecord assigned(VmAssignment next, Instant now) {
        return new InstanceRecord(
                instance,
                machine,
                uid,
                next,
                now,
                hardware,
                phase,
                false,
                reason,
                bootMillis,
                startedAt,
                startedIn,
                resetIn,
                hooks);
    }

    /** In another phase; a reason belongs to the phase it came with. */
    InstanceRecord in(VmPhase next, boolean done, Optional<String> why) {
        return new InstanceRecord(
                instance,
                machine,
                uid,
                assignment,
                assignedAt,
                hardware,
                next,
                done,
                why,
                bootMillis,
                startedAt,
                startedIn,
                resetIn,
                hooks);
    }

    /** Its process is about to be started for the present assignment. */
    InstanceRecord starting() {
        Optional<Long> now = Optional.of(assignment.generation());
        return run(Optional.empty(), Optional.empty(), now, now, Optional.empty());
    }

    InstanceRecord started(Instant now) {
        return run(Optional.empty(), Optional.of(now), startedIn, resetIn, hooks);
    }

    InstanceRecord booted(long millis) {
        return run(Optional.of(millis), startedAt, startedIn, resetIn, hooks);
    }

    /** Its guest has been told so far. */
    InstanceRecord told(Optional<HookState> next) {
        return run(bootMillis, startedAt, startedIn, resetIn, next);
    }

    /** Its reset button was pressed for {@code generation}. */
    InstanceRecord reset(long generation) {
        return run(bootMillis, startedAt, startedIn, Optional.of(generation), hooks);
    }

    /** Without a process: neither started nor booted. */
    InstanceRecord ended() {
        return run(Optional.empty(), Optional.empty(), startedIn, resetIn, Optional.empty());
    }

    /** Whether the present assignment wants another process than the one there is. */
    boolean wantsRestart() {
        return assignment.wantsRestart(startedIn.orElse(0L));
    }

    /** Whether the present assignment wants the reset button pressed. */
    boolean wantsReset() {
        return assignment.wantsReset(Math.max(startedIn.orElse(0L), resetIn.orElse(0L)));
    }

    /** Whether nothing but this was wished, and a running guest is all of it. */
    boolean isDone(VmAssignment wish) {
        return assignment.equals(wish) && wish.goal() == VmGoal.RUNNING && !wantsRestart() && !wantsReset();
    }

    private InstanceRecord run(
            Optional<Long> millis,
            Optional<Instant> since,
            Optional<Long> bornIn,
            Optional<Long> lastReset,
            Optional<HookState> told) {
        return new InstanceRecord(
                instance,
                machine,
                uid,
                assignment,
                assignedAt,
                hardware,
                phase,
                settled,
                reason,
                millis,
                since,
                bornIn,
                lastReset,
                told);
    }
}
