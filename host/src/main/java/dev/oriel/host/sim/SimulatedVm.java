package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.HookState;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmPhase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;

/** One VM of a simulated host. Guarded by its host's lock. */
final class SimulatedVm {
    private VmAssignment assignment;
    private VmPhase phase = VmPhase.STOPPED;
    private boolean settled;
    private Optional<String> reason = Optional.empty();
    private Optional<Long> bootMillis = Optional.empty();
    private Optional<Instant> startedAt = Optional.empty();
    private Optional<HookState> hooks = Optional.empty();
    private Optional<VncTestServer> console = Optional.empty();
    /** Grows with every step that is planned, so that one overtaken by another is recognised and dropped. */
    private long plan;
    /** Version of the host's log at which this VM last changed. */
    private long changedAt;

    /** Generations for which its process was started and its reset button pressed. */
    private long startedIn;

    private long resetIn;

    private long assignedNanos = System.nanoTime();

    private Optional<SimulatedDisk> disk = Optional.empty();
    private final SimulatedPause pause = new SimulatedPause();

    private final Condition news;

    /** {@code news} is signalled at each of its changes. */
    SimulatedVm(VmAssignment assignment, Condition news) {
        this.assignment = assignment;
        this.news = news;
    }

    Condition news() {
        return news;
    }

    VmAssignment assignment() {
        return assignment;
    }

    void assign(VmAssignment newer) {
        assignment = newer;
        settled = false;
        assignedNanos = System.nanoTime();
    }

    /** Its disk, from its first start on. */
    Optional<SimulatedDisk> disk() {
        return disk;
    }

    SimulatedDisk makeDisk() {
        SimulatedDisk made = disk.orElseGet(() -> new SimulatedDisk(assignment.spec()));
        disk = Optional.of(made);
        return made;
    }

    VmPhase phase() {
        return phase;
    }

    void enter(VmPhase next, boolean nowSettled) {
        phase = next;
        settled = nowSettled;
        reason = Optional.empty();
    }

    void fail(String why) {
        enter(VmPhase.FAILED, true);
        reason = Optional.of(why);
    }

    void explain(String why) {
        reason = Optional.of(why);
    }

    /** What its disk takes. */
    DiskUsage usage() {
        VmId id = assignment.spec().id();
        return disk.map(made -> made.usage(id)).orElse(new DiskUsage(id, new Bytes(0), List.of()));
    }

    /** Takes a snapshot, with its memory when {@code live}; only what runs or rests has one taken. */
    SnapshotStatus take(SnapshotId snapshot, Instant now, boolean live) {
        boolean quiet = phase == VmPhase.STOPPED || phase == VmPhase.FAILED;
        if (!quiet && phase != VmPhase.RUNNING) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "a snapshot is of a VM that runs or rests");
        }
        if (live && quiet) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "only a VM that runs remembers something");
        }
        return disk.orElseThrow(() -> new OrielException(ErrorCode.STATE_CONFLICT, "this VM has no disk yet"))
                .take(snapshot, now, quiet, live);
    }

    SimulatedPause pause() {
        return pause;
    }

    boolean isPaused() {
        return reason.filter(VmObservation.PAUSED_UNWATCHED::equals).isPresent();
    }

    /** Whether it makes a difference to it that somebody looks. */
    boolean mindsWhoWatches() {
        return isPaused() || assignment.pauseUnwatched().isPresent();
    }

    /** Its CPUs run again. */
    boolean goOn() {
        reason = Optional.empty();
        return true;
    }

    /** Its CPUs run and its first frame was served, now. */
    void booted(Instant now) {
        enter(VmPhase.RUNNING, true);
        bootMillis = Optional.of((System.nanoTime() - assignedNanos) / 1_000_000);
        startedAt = Optional.of(now);
    }

    /** Its process is about to be started for the present assignment. */
    void starting() {
        startedIn = assignment.generation();
        // One that was away is told the time, which takes a simulated guest none.
        hooks = phase == VmPhase.SUSPENDED ? Optional.of(HookState.DONE) : Optional.empty();
    }

    void reset() {
        resetIn = assignment.generation();
        reason = Optional.empty();
    }

    boolean wantsRestart() {
        return assignment.wantsRestart(startedIn);
    }

    boolean wantsReset() {
        return assignment.wantsReset(Math.max(startedIn, resetIn));
    }

    boolean settled() {
        return settled;
    }

    void settle() {
        settled = true;
    }

    boolean hasProcess() {
        return switch (phase) {
            case STARTING, RUNNING, STOPPING, SUSPENDING -> true;
            case PROVISIONING, SUSPENDED, STOPPED, FAILED, GONE -> false;
        };
    }

    Optional<VncTestServer> console() {
        return console;
    }

    /** Listens for viewers at a socket in {@code folder}; fails where there can be none. */
    void openConsole(Path folder) {
        String id = assignment.spec().id().toString();
        String template = assignment.spec().template().value();
        try {
            console = Optional.of(VncTestServer.start(
                    folder.resolve(id),
                    () -> new TestCard("Oriel  " + template, "simulated VM " + id),
                    "Oriel simulated " + template));
        } catch (IOException e) {
            nextPlan();
            fail("its console socket could not be made");
        }
    }

    /** The process is gone: so are its console and its start time. */
    void endProcess() {
        console.ifPresent(VncTestServer::close);
        console = Optional.empty();
        startedAt = Optional.empty();
        bootMillis = Optional.empty();
        hooks = Optional.empty();
    }

    long nextPlan() {
        return ++plan;
    }

    boolean isPlan(long number) {
        return plan == number;
    }

    long changedAt() {
        return changedAt;
    }

    void changedAt(long version) {
        changedAt = version;
    }

    VmObservation observation() {
        return new VmObservation(
                assignment.spec().id(), assignment.generation(), phase, settled, reason, bootMillis, startedAt, hooks);
    }
}
