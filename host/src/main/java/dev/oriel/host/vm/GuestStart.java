package dev.oriel.host.vm;

import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.vm.VmPhase;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.instant.Incoming;
import dev.oriel.host.instant.InstantStart;
import dev.oriel.host.instant.MemoryShape;
import dev.oriel.host.qemu.Accelerator;
import dev.oriel.host.qemu.GuestMemory;
import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.qemu.Machine;
import dev.oriel.host.qemu.RunAs;
import dev.oriel.host.qemu.SocketPaths;
import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to bring a VM from a wish to its first picture, as a list of steps. Each step can be done again after a
 * restart of the VM Manager; none outlives the wish.
 */
final class GuestStart {
    private static final Logger LOG = System.getLogger(GuestStart.class.getName());
    private static final Duration PROCESS_LIMIT = Duration.ofSeconds(20);
    private static final Duration QMP_LIMIT = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofMillis(3);
    private static final Duration FRAME_LIMIT = Duration.ofSeconds(30);

    private final VmDriver driver;
    private final HostParts parts;
    private final InstanceDirectory directory;
    private final SocketPaths sockets;
    private final Suspension suspension;
    private @Nullable FirstLook firstLook;

    GuestStart(VmDriver driver, HostParts parts, InstanceDirectory directory) {
        this.driver = driver;
        this.parts = parts;
        this.directory = directory;
        this.sockets = directory.socketPaths();
        this.suspension = new Suspension(parts, directory);
    }

    /** Everything, from nothing: from a frozen state when there is one for a VM like this and its disk is new. */
    void fromDisk() throws StartFailed, Superseded, InterruptedException {
        try {
            begin();
        } finally {
            endLook();
        }
    }

    private void begin() throws StartFailed, Superseded, InterruptedException {
        InstanceRecord record = driver.update(now -> now.ended().in(VmPhase.PROVISIONING, false, Optional.empty()));
        VmDisk disk = driver.disk();
        VmSpec spec = record.assignment().spec();
        Optional<InstantStart> frozen = disk.isFresh(record) && !suspension.exists()
                ? parts.instant().startFor(spec.template(), spec)
                : Optional.empty();
        if (frozen.isPresent() && fromFrozen(frozen.get(), disk, record)) {
            return;
        }
        DiskChain chain = disk.ready(record, driver::isSuperseded);
        // A disk that comes from a live snapshot comes with what the guest remembered.
        if (suspension.exists()) {
            fromSuspension(chain);
        } else {
            fromProcess(startProcess(chain, GuestMemory.empty()));
        }
    }

    private void fromSuspension(DiskChain disk) throws StartFailed, Superseded, InterruptedException {
        Guest guest = startProcess(disk, suspension.memory());
        try {
            getReady(guest);
        } catch (StartFailed e) {
            throw suspension.lost(e);
        }
        goOn(guest);
    }

    /** False when the state is of no use: then nothing of the attempt is left. */
    private boolean fromFrozen(InstantStart start, VmDisk disk, InstanceRecord record)
            throws StartFailed, Superseded, InterruptedException {
        try {
            CloneHooks.note(directory);
            Guest guest = startProcess(disk.ready(record, start.frozen()), start.guestMemory());
            getReady(guest);
            goOn(guest);
            return true;
        } catch (IOException e) {
            throw new StartFailed("its directory cannot be written", e);
        } catch (StartFailed e) {
            if (driver.record().startedAt().isPresent()) {
                throw e; // the guest has run: what it wrote is its own
            }
            LOG.log(Level.WARNING, "VM " + record.vm() + " boots cold: " + directory.lastWords(), e);
            endLook();
            parts.instant().failed(start);
            driver.abandon();
            try {
                disk.delete(record);
            } catch (IOException failure) {
                throw new StartFailed("its disk could not be made anew", failure);
            }
            return false;
        }
    }

    /** The rest, for a process that is there. */
    void fromProcess(Guest guest) throws StartFailed, Superseded, InterruptedException {
        try {
            getReady(guest);
            goOn(guest);
        } finally {
            endLook();
        }
    }

    /** A viewer that nobody waits for any more does not stay: its guest would be drawn for it. */
    private void endLook() {
        FirstLook look = firstLook;
        if (look != null) {
            look.end();
        }
        firstLook = null;
    }

    /** Once for each process: who looks at the VM's link anew connects anew, and waits for its picture anew. */
    private void getReady(Guest guest) throws StartFailed, Superseded, InterruptedException {
        connectQmp(guest);
        awaitState(guest);
    }

    private void goOn(Guest guest) throws StartFailed, Superseded, InterruptedException {
        VmAssignment wish = driver.record().assignment();
        FirstLook present = firstLook;
        if (present != null) {
            // The picture is there with the state: QEMU draws it while what follows is done.
            present.ask();
        }
        if (suspension.exists()) {
            tellTheTime();
            suspension.forget();
        }
        runGuest(guest);
        if (!driver.isWarm()) {
            awaitFirstFrame(guest);
        }
        long millis = Duration.between(
                        driver.record().assignedAt(), parts.clock().instant())
                .toMillis();
        driver.update(record -> record.booted(Math.max(0, millis))
                .told(CloneHooks.pendingIn(directory))
                .in(VmPhase.RUNNING, record.isDone(wish), Optional.empty()));
    }

    private Guest startProcess(DiskChain disk, GuestMemory memory)
            throws StartFailed, Superseded, InterruptedException {
        InstanceRecord record = driver.update(now -> now.starting().in(VmPhase.STARTING, false, Optional.empty()));
        Hypervisor hypervisor = awaitHypervisor();
        stopIfSuperseded();
        Accelerator.Kind accelerator = hypervisor.accelerator().kind();
        try {
            directory.clearProcess(record.vm());
            GuestProcess process = hypervisor
                    .launcher()
                    .launch(
                            withBootFiles(machineOf(record, disk), record),
                            memory,
                            accelerator,
                            sockets,
                            runAs(record, accelerator),
                            directory.path());
            Guest guest = new Guest(process, driver.attention());
            driver.holds(guest);
            return guest;
        } catch (IOException e) {
            throw new StartFailed("its process could not be started", e);
        }
    }

    private Hypervisor awaitHypervisor() throws StartFailed, Superseded, InterruptedException {
        try {
            return parts.hypervisorNow();
        } catch (OrielException e) {
            // A VM Manager that ends gives the search up: the next one goes on.
            stopIfSuperseded();
            throw new StartFailed(String.valueOf(e.getMessage()), e);
        }
    }

    private void connectQmp(Guest guest) throws StartFailed, Superseded, InterruptedException {
        long end = System.nanoTime() + PROCESS_LIMIT.toNanos();
        while (!guest.isConnected()) {
            stopIfSuperseded();
            if (!guest.isAlive()) {
                throw new StartFailed("its process ended while starting");
            }
            try {
                guest.connect(sockets.qmp(), driver.record().machine(), QMP_LIMIT);
            } catch (QmpException e) {
                if (System.nanoTime() > end) {
                    throw new StartFailed("its process does not answer", e);
                }
                driver.attention().await(RETRY, () -> !guest.isAlive());
            }
        }
        restrictSockets();
    }

    /** QEMU makes its sockets by its umask; the gateway's group has no business with these two. */
    private void restrictSockets() throws StartFailed {
        try {
            for (Path socket : new Path[] {sockets.qmp(), sockets.agent()}) {
                Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            }
            directory.linkConsole(driver.record().vm());
        } catch (IOException e) {
            throw new StartFailed("its sockets could not be made", e);
        }
    }

    /** For a machine that waits for its frozen state. */
    private void awaitState(Guest guest) throws StartFailed, InterruptedException {
        try {
            if (!Incoming.isAwaitedBy(guest::execute)) {
                return;
            }
            var _ = lookAt(guest);
            if (suspension.exists()) {
                suspension.read(guest);
            } else {
                Incoming.fromInherited(guest::execute, true);
            }
        } catch (IOException e) {
            throw new StartFailed("its frozen state could not be read", e);
        }
    }

    /** A guest that was away believes it is still then. */
    private void tellTheTime() throws StartFailed {
        try {
            CloneHooks.noteTime(directory);
        } catch (IOException e) {
            throw new StartFailed("its directory cannot be written", e);
        }
    }

    private void runGuest(Guest guest) throws StartFailed, InterruptedException {
        try {
            guest.execute("cont", Map.of(), QMP_LIMIT);
            Instant now = parts.clock().instant();
            driver.update(record -> record.startedAt().isPresent() ? record : record.started(now));
        } catch (QmpException e) {
            throw new StartFailed("its processor could not be started", e);
        }
    }

    private void awaitFirstFrame(Guest guest) throws StartFailed, Superseded, InterruptedException {
        FirstLook look = lookAt(guest);
        look.ask();
        boolean _ =
                driver.attention().await(FRAME_LIMIT, () -> look.isOver() || driver.isSuperseded() || !guest.isAlive());
        stopIfSuperseded();
        if (!guest.isAlive()) {
            throw new StartFailed("its process ended while starting");
        }
        look.require();
    }

    private FirstLook lookAt(Guest guest) {
        FirstLook look = Optional.ofNullable(firstLook)
                .filter(known -> known.isOf(guest))
                .orElseGet(() -> FirstLook.begin(guest, sockets.vnc(), driver.attention()));
        firstLook = look;
        return look;
    }

    private void stopIfSuperseded() throws Superseded {
        if (driver.isSuperseded()) {
            throw new Superseded();
        }
    }

    /** A guest that goes on has the hardware that it had; other hardware counts from the next start. */
    private Machine machineOf(InstanceRecord record, DiskChain disk) throws StartFailed {
        VmAssignment assignment = record.assignment();
        VmSpec spec = assignment.spec();
        InstanceRecord.Hardware hardware = record.hardware();
        MemoryShape shape = suspension.shape().orElseGet(() -> new MemoryShape(spec.cpus(), spec.memory()));
        return new Machine(
                record.instance(),
                record.machine(),
                shape.cpus(),
                shape.memory(),
                disk.links(),
                spec.iso().flatMap(parts.images()::find),
                hardware.network(),
                hardware.pointer(),
                hardware.display());
    }

    private Machine withBootFiles(Machine machine, InstanceRecord record) throws IOException, InterruptedException {
        VmSpec spec = record.assignment().spec();
        Optional<Path> data = spec.userData().flatMap(parts.images()::find);
        Optional<Path> seed = data.isEmpty()
                ? Optional.empty()
                : Optional.of(parts.bootFiles().seed(spec.owner(), spec.id(), data.get(), uidOf(record)));
        Optional<Path> uefi = record.hardware().startsByUefi()
                ? Optional.of(parts.bootFiles().uefiVariables(spec.owner(), spec.id(), uidOf(record)))
                : Optional.empty();
        return machine.starting(seed, uefi);
    }

    private RunAs runAs(InstanceRecord record, Accelerator.Kind accelerator) throws IOException {
        OptionalInt vncGid = parts.vncGid() < 0 ? OptionalInt.empty() : OptionalInt.of(parts.vncGid());
        return RunAs.on(accelerator, uidOf(record), vncGid);
    }

    private static OptionalInt uidOf(InstanceRecord record) {
        return record.uid().map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }
}
