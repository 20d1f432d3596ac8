package dev.oriel.host.vm;

import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.qemu.GuestProcess;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Owns one VM on this host: its virtual thread alone makes the disk, starts, watches, stops and removes, always towards
 * the newest assignment. Others only leave assignments and read what is seen.
 */
final class VmDriver {
    private static final Logger LOG = System.getLogger(VmDriver.class.getName());
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final Duration SUSPEND_AGAIN = Duration.ofSeconds(10);
    private static final Duration DETACH = Duration.ofSeconds(10);

    private final HostParts parts;
    private final InstanceDirectory directory;
    private final Attention attention = new Attention();
    private final GuestWatch watch;
    private final CloneHooks hooks;
    private final Suspension suspension;
    private final Errands errands = new Errands();
    private final VmDisk disk;
    private final DiskMerging merging;
    private final Thread thread;
    private final RecordKeeper keeper;
    private volatile @Nullable Guest guest;
    private volatile @Nullable Duration parkGrace;
    private volatile boolean parked;
    private volatile boolean detached;
    private volatile boolean warm;

    /** @param process that already runs this VM's guest, when it is taken over from an earlier VM Manager */
    VmDriver(HostParts parts, InstanceRecord record, Optional<GuestProcess> process) {
        this.parts = parts;
        this.directory = parts.directory(record.instance());
        this.keeper = new RecordKeeper(parts, directory, record);
        this.guest = process.map(found -> new Guest(found, attention)).orElse(null);
        this.watch = new GuestWatch(directory, record.machine());
        this.hooks = new CloneHooks(directory, parts.clock(), parts.hookTurns());
        this.suspension = new Suspension(parts, directory);
        this.disk = new VmDisk(parts, directory);
        this.merging = new DiskMerging(disk, parts.overlays());
        this.thread = Thread.ofVirtual().name("vm-" + record.vm()).unstarted(this::run);
    }

    /** A VM that takes over a warm clone: its guest has shown its picture already. */
    static VmDriver ofClone(HostParts parts, InstanceRecord record, GuestProcess process) {
        VmDriver driver = new VmDriver(parts, record, Optional.of(process));
        driver.warm = true;
        return driver;
    }

    void start() {
        keeper.publish();
        thread.start();
    }

    InstanceRecord record() {
        return keeper.now();
    }

    Attention attention() {
        return attention;
    }

    /** The guest, while there is a process. */
    Optional<Guest> guest() {
        return Optional.ofNullable(guest);
    }

    InstanceDirectory directory() {
        return directory;
    }

    /** For the steps of a start and for {@link #call errands}, which are on the driver's thread. */
    VmDisk disk() {
        return disk;
    }

    /** For live snapshots, on the driver's thread. */
    Suspension suspension() {
        return suspension;
    }

    /** The disk as a running guest's QEMU has it. */
    Optional<LiveDisk> liveDisk() {
        return guest().map(
                        present -> new LiveDisk(present, directory.socketPaths().agent()));
    }

    /** Has something short done on the driver's thread, between its steps; see {@link Errands#call}. */
    <T> T call(Errands.Errand<T> errand, Duration limit) {
        return errands.call(errand, limit, attention::raise);
    }

    /** Whether it has, or is about to have, a process. */
    boolean takesRoom() {
        InstanceRecord now = record();
        return guest != null || (now.assignment().goal() == VmGoal.RUNNING && !now.settled());
    }

    /** Whether {@code next} would make a process where there is none and none is on its way. */
    boolean isNewStart(VmAssignment next) {
        return next.goal() == VmGoal.RUNNING
                && next.generation() >= record().assignment().generation()
                && !takesRoom();
    }

    /** Takes a wish; see {@link RecordKeeper#accept}. */
    void accept(VmAssignment next) {
        keeper.accept(next);
        attention.raise();
    }

    /** Ends the guest for the host's own shutdown; what is wanted of the VM stands. */
    void park(Duration grace) {
        parkGrace = grace;
        attention.raise();
    }

    /** Waits for {@link #park} to be done. */
    boolean awaitParked(Duration limit) throws InterruptedException {
        return attention.await(limit, () -> parked || keeper.isGone());
    }

    /** Stops caring for the VM and leaves its process as it is. */
    void detach() {
        detached = true;
        attention.raise();
    }

    /** Waits for {@link #detach} to be done. */
    void awaitDetached() throws InterruptedException {
        thread.join(DETACH);
        guest().ifPresent(Guest::close);
    }

    /** Whether the start under way is not wanted any more. */
    boolean isSuperseded() {
        return detached || parkGrace != null || record().assignment().goal() != VmGoal.RUNNING;
    }

    /** Whether its guest has shown a full picture before it was this VM's. */
    boolean isWarm() {
        return warm;
    }

    /** For the steps of a start: the process that was begun is of no use and ends, with all that is its own. */
    void abandon() throws StartFailed, InterruptedException {
        Guest present = guest;
        try {
            if (present != null) {
                end(present, Duration.ZERO);
            }
        } catch (IOException e) {
            throw new StartFailed("its sockets could not be removed", e);
        }
    }

    /** For the steps of a start: from now on this process is the VM's. */
    void holds(Guest started) {
        guest = started;
    }

    /** Changes the record; see {@link RecordKeeper#update}. */
    InstanceRecord update(UnaryOperator<InstanceRecord> change) {
        return keeper.update(change);
    }

    private void run() {
        try {
            disk.tidy(record());
            suspension.tidy();
            while (!detached && !keeper.isGone()) {
                errands.run();
                step();
            }
        } catch (InterruptedException e) {
            LOG.log(Level.WARNING, "VM " + record().vm() + ": its driver was interrupted");
        } finally {
            errands.end();
        }
    }

    private void step() throws InterruptedException {
        InstanceRecord now = record();
        try {
            if (parkGrace != null) {
                parkGuest(now);
            } else if (now.settled() && guest == null) {
                if (!merging.withoutGuest(() -> isCalled(now))) {
                    attention.await(IDLE, () -> isCalled(now));
                }
            } else {
                pursue(now);
            }
        } catch (Superseded e) {
            LOG.log(Level.DEBUG, "VM {0}: another goal now", now.vm());
        } catch (StartFailed e) {
            fail(now, String.valueOf(e.getMessage()), e);
        } catch (IOException | RuntimeException e) {
            fail(now, "the host failed at this", e);
        }
    }

    /** Whether there is something else to do than what follows from {@code seen}. */
    private boolean isCalled(InstanceRecord seen) {
        return !record().equals(seen) || errands.isWaiting() || detached || parkGrace != null;
    }

    private void pursue(InstanceRecord now) throws StartFailed, Superseded, IOException, InterruptedException {
        switch (now.assignment().goal()) {
            case RUNNING -> keepRunning(now);
            case STOPPED -> {
                stopGuest(now);
                suspension.forget();
                restoreDisk(now);
                settle(now, VmPhase.STOPPED, Optional.empty());
            }
            case DELETED -> delete(now);
            case SUSPENDED -> suspend(now);
        }
    }

    private void restoreDisk(InstanceRecord now) throws StartFailed, InterruptedException {
        if (guest == null && !now.settled()) {
            disk.restore(now);
        }
    }

    /** What cannot be suspended runs on and is tried again: nobody loses work over a full disk. */
    private void suspend(InstanceRecord now) throws IOException, StartFailed, InterruptedException {
        Guest present = guest;
        if (present != null && present.isAlive() && !suspension.exists()) {
            update(record -> record.in(VmPhase.SUSPENDING, false, Optional.empty()));
            try {
                suspension.save(present, now);
            } catch (StartFailed e) {
                LOG.log(Level.WARNING, "VM " + now.vm() + ": " + e.getMessage(), e);
                update(record -> record.in(VmPhase.SUSPENDING, false, Optional.of(String.valueOf(e.getMessage()))));
                attention.await(SUSPEND_AGAIN, () -> !record().assignment().equals(now.assignment()) || detached);
                return;
            }
        }
        if (present != null) {
            end(present, Duration.ZERO);
        }
        settle(now, suspension.phase(), Optional.empty());
    }

    private void keepRunning(InstanceRecord now) throws StartFailed, Superseded, IOException, InterruptedException {
        Guest present = guest;
        if (present == null) {
            new GuestStart(this, parts, directory).fromDisk();
        } else if (!present.isAlive()) {
            processEnded(now, present);
        } else if (now.phase() == VmPhase.PROVISIONING || now.phase() == VmPhase.STARTING) {
            new GuestStart(this, parts, directory).fromProcess(present);
        } else if (now.phase() == VmPhase.SUSPENDING) {
            stayAwake(now, present);
        } else if (now.phase() != VmPhase.RUNNING || now.wantsRestart()) {
            stopGuest(now);
        } else {
            lookAfter(now, present);
        }
    }

    /** Its suspension is not over, or was never finished: the guest keeps what it remembers. */
    private void stayAwake(InstanceRecord now, Guest present)
            throws StartFailed, Superseded, IOException, InterruptedException {
        if (suspension.exists()) {
            end(present, Duration.ZERO); // it goes on from what was written down
        } else {
            suspension.giveUp(present, now);
            new GuestStart(this, parts, directory).fromProcess(present);
        }
    }

    private void lookAfter(InstanceRecord now, Guest present) throws StartFailed, IOException, InterruptedException {
        long viewers = present.viewersSoFar();
        hooks.look(now.vm(), now.assignment().spec().template().value());
        Optional<String> health =
                watch.healthOf(present, now.reason(), now.assignment().pauseUnwatched());
        if (watch.takeClockIsBehind()) {
            CloneHooks.noteTime(directory);
        }
        update(record -> record.told(hooks.state(record.hooks())));
        if (!now.wantsReset()) {
            settle(now, VmPhase.RUNNING, health);
        } else if (present.reset()) {
            update(record -> record.reset(now.assignment().generation()));
            settle(now, VmPhase.RUNNING, Optional.empty());
        }
        merging.withGuest(new LiveDisk(present, directory.socketPaths().agent()));
        InstanceRecord settled = record();
        boolean wishedSince = !settled.assignment().equals(now.assignment());
        attention.await(
                GuestWatch.INTERVAL,
                () -> wishedSince || isCalled(settled) || !present.isAlive() || present.viewersSoFar() != viewers);
    }

    private void processEnded(InstanceRecord now, Guest ended) throws IOException {
        boolean byGuest = ended.poweredItselfOff();
        letGo(ended);
        if (now.phase() == VmPhase.STOPPING || now.wantsRestart()) {
            return; // on its way to a new start anyway
        }
        if (byGuest) {
            settle(now, VmPhase.STOPPED, Optional.empty());
        } else {
            LOG.log(Level.WARNING, "VM {0}: QEMU ended unexpectedly: {1}", now.vm(), directory.lastWords());
            settle(now, VmPhase.FAILED, Optional.of("its process ended unexpectedly"));
        }
    }

    private void stopGuest(InstanceRecord now) throws IOException, StartFailed, InterruptedException {
        Guest present = guest;
        if (present == null) {
            return;
        }
        boolean neverRan = now.phase() == VmPhase.PROVISIONING || now.phase() == VmPhase.STARTING;
        update(record -> record.in(VmPhase.STOPPING, false, Optional.empty()));
        end(present, neverRan ? Duration.ZERO : parts.stopGrace());
    }

    private void end(Guest present, Duration grace) throws IOException, StartFailed, InterruptedException {
        GuestStop stop = new GuestStop(present, attention, () -> detached);
        boolean ended = stop.run(grace, this::isForced);
        if (ended) {
            letGo(present);
        } else if (!detached) {
            throw new StartFailed("its process cannot be ended");
        }
    }

    private boolean isForced() {
        VmAssignment wish = record().assignment();
        return wish.force() || wish.goal() == VmGoal.DELETED;
    }

    private void letGo(Guest ended) throws IOException {
        ended.close();
        guest = null;
        warm = false;
        directory.clearProcess(record().vm());
        update(InstanceRecord::ended);
    }

    private void delete(InstanceRecord now) throws IOException, StartFailed, InterruptedException {
        stopGuest(now);
        if (guest != null) {
            return;
        }
        disk.delete(now);
        keeper.end();
        attention.raise();
    }

    private void parkGuest(InstanceRecord now) throws IOException, StartFailed, InterruptedException {
        Guest present = guest;
        Duration grace = parkGrace;
        if (present != null && grace != null) {
            end(present, now.phase() == VmPhase.RUNNING ? grace : Duration.ZERO);
            if (now.phase() == VmPhase.RUNNING && now.assignment().goal() == VmGoal.RUNNING) {
                settle(now, VmPhase.STOPPED, Optional.of(VmObservation.HOST_SHUTDOWN));
            }
        }
        parked = true;
        attention.raise();
        attention.await(IDLE, () -> detached);
    }

    private void fail(InstanceRecord now, String reason, Exception cause) throws InterruptedException {
        LOG.log(Level.WARNING, "VM " + now.vm() + ": " + reason + ": " + directory.lastWords(), cause);
        Guest present = guest;
        try {
            if (present != null && new GuestStop(present, attention, () -> detached).run(Duration.ZERO, () -> true)) {
                letGo(present);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "VM " + now.vm() + ": its sockets could not be removed", e);
        }
        settle(now, VmPhase.FAILED, Optional.of(reason));
        if (guest != null) {
            // Neither startable nor stoppable: look again when somebody wants something, not at once.
            attention.await(IDLE, () -> !record().assignment().equals(now.assignment()) || detached);
        }
    }

    /** The goal worked for is reached, or failed; a newer one that came meanwhile is still to do. */
    private void settle(InstanceRecord worked, VmPhase phase, Optional<String> reason) {
        update(record -> record.in(phase, record.assignment().equals(worked.assignment()), reason));
    }
}
