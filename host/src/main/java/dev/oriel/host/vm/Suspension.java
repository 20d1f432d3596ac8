package dev.oriel.host.vm;

import dev.oriel.core.vm.VmPhase;
import dev.oriel.host.disk.DiskLayer;
import dev.oriel.host.disk.DiskRecord;
import dev.oriel.host.instant.Incoming;
import dev.oriel.host.instant.InstantStart;
import dev.oriel.host.instant.LiveMemory;
import dev.oriel.host.instant.MemoryShape;
import dev.oriel.host.instant.SavedMemory;
import dev.oriel.host.qemu.GuestMemory;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Puts a guest's memory aside and finds it again. Used by the VM's driver alone. */
final class Suspension {
    private static final Logger LOG = System.getLogger(Suspension.class.getName());
    private static final Duration QUICK = Duration.ofSeconds(5);

    private final HostParts parts;
    private final InstanceDirectory directory;
    private final SavedMemory saved;

    Suspension(HostParts parts, InstanceDirectory directory) {
        this.parts = parts;
        this.directory = directory;
        this.saved = new SavedMemory(directory.path());
    }

    boolean exists() {
        return saved.exists();
    }

    /**
     * Writes down what the guest remembers; its process is to be ended then.
     *
     * @throws StartFailed when that cannot be done: the guest runs on
     */
    void save(Guest guest, InstanceRecord record) throws StartFailed, InterruptedException {
        try {
            guest.connect(directory.socketPaths().qmp(), record.machine(), QUICK);
            MemoryShape shape = MemoryShape.of(guest::execute);
            requireRoom(shape);
            long begun = System.nanoTime();
            saved.save(guest::execute, directory.socketPaths().state(), beganWith(shape), shape);
            LOG.log(
                    Level.INFO,
                    "VM {0} was suspended in {1} ms, {2} MiB",
                    record.vm(),
                    (System.nanoTime() - begun) / 1_000_000,
                    saved.file().toFile().length() >> 20);
        } catch (IOException e) {
            guest.tell("cont");
            forgetQuietly();
            throw new StartFailed("it could not be suspended", e);
        }
    }

    /** The guest is to run on although its suspension has begun. */
    void giveUp(Guest guest, InstanceRecord record) throws IOException, InterruptedException {
        guest.connect(directory.socketPaths().qmp(), record.machine(), QUICK);
        SavedMemory.cancel(guest::execute);
        forgetQuietly();
    }

    /**
     * The memory with which the guest goes on.
     *
     * @throws StartFailed when what it remembers is lost; it can boot from its disk then
     */
    GuestMemory memory() throws StartFailed, InterruptedException {
        try {
            Optional<String> key = saved.key();
            if (!Files.exists(saved.file())) {
                throw new IOException("the file of its memory is not there");
            }
            if (key.isEmpty()) {
                return new GuestMemory.Incoming();
            }
            Optional<InstantStart> start = parts.instant().find(key.get());
            Path memory = start.orElseThrow(() -> new IOException("the frozen memory is not there"))
                    .memory()
                    .file();
            return new GuestMemory.PrivateCopy(memory, Optional.empty());
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /**
     * Writes down what a running guest remembers, which runs on.
     *
     * @param meanwhile done while it stands still
     */
    DiskLayer.Memory keep(Guest guest, InstanceRecord record, Path file, LiveMemory.Standstill meanwhile)
            throws IOException, InterruptedException {
        MemoryShape shape = MemoryShape.of(guest::execute);
        requireRoom(shape);
        Optional<InstantStart> start = beganWith(shape);
        Duration still = LiveMemory.save(guest::execute, directory.socketPaths().state(), file, start, meanwhile);
        LOG.log(
                Level.INFO,
                "VM {0} stood still for {1} ms while its memory was kept, {2} MiB",
                record.vm(),
                still.toMillis(),
                file.toFile().length() >> 20);
        return new DiskLayer.Memory(
                file.toString(), start.map(begun -> begun.frozen().key()), shape.cpus(), shape.memory());
    }

    private void requireRoom(MemoryShape shape) throws IOException {
        if (parts.run().toFile().getUsableSpace() < shape.memory().value()) {
            throw new IOException("too little disk space");
        }
    }

    /**
     * The hardware with which the guest goes on, whatever its VM is to have from its next start; empty: what the VM has.
     *
     * @throws StartFailed when what it remembers is lost
     */
    Optional<MemoryShape> shape() throws StartFailed {
        try {
            return saved.shape();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /** Has a machine that waits for it read what the guest remembers. */
    void read(Guest guest) throws IOException, InterruptedException {
        Incoming.fromMemory(
                guest::execute, saved.file(), directory.socketPaths().state());
    }

    /** What the guest remembered is of no use: it is given up, and the VM says so. */
    StartFailed lost(Exception cause) {
        forgetQuietly();
        return new StartFailed("what it remembered is lost; started again, it boots from its disk", cause);
    }

    /** Before the guest goes on: what it remembers now must never meet a disk that it has written to since. */
    void forget() throws StartFailed {
        try {
            saved.forget();
        } catch (IOException e) {
            throw new StartFailed("its saved memory could not be removed", e);
        }
    }

    /** What lies there of a memory that was not written whole, or is half forgotten, goes: its VM Manager was killed. */
    void tidy() {
        if (!exists()) {
            forgetQuietly();
            removeSocketQuietly();
        }
    }

    /** Who listened there is gone. */
    private void removeSocketQuietly() {
        try {
            Files.deleteIfExists(directory.socketPaths().state());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the socket of a guest's state could not be removed", e);
        }
    }

    private void forgetQuietly() {
        try {
            saved.forget();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "saved memory could not be removed", e);
        }
    }

    /** The frozen state that most of the guest's memory may come from: the one its disk stands on. */
    private Optional<InstantStart> beganWith(MemoryShape shape) throws IOException, InterruptedException {
        Optional<String> key = new DiskRecord(directory.path())
                .read()
                .flatMap(chain -> parts.instant().keyBelow(chain));
        Optional<InstantStart> start = key.isPresent() ? parts.instant().find(key.get()) : Optional.empty();
        return start.filter(found -> found.frozen().manifest().memory().equals(shape.memory()));
    }

    /** For what an observation says of a VM without a process. */
    VmPhase phase() {
        return exists() ? VmPhase.SUSPENDED : VmPhase.STOPPED;
    }
}
