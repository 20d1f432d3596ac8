package dev.oriel.host.instant;

import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskRecord;
import dev.oriel.host.qemu.GuestMemory;
import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.qemu.Precedence;
import dev.oriel.host.qemu.SealedMemory;
import dev.oriel.host.qemu.SocketPaths;
import dev.oriel.host.rfb.ScreenWatch;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Warm clones that wait for VMs, stopped: they cost memory and no processor. Each was restored, shown, typed into and
 * erased again, so that what a first keystroke needs is in place. Thread-safe; one thread fills it.
 */
final class ClonePool {
    private static final Logger LOG = System.getLogger(ClonePool.class.getName());
    private static final Duration FRAME_LIMIT = Duration.ofSeconds(20);
    private static final Duration ECHO_LIMIT = Duration.ofSeconds(1);
    private static final Duration WARM = Duration.ofSeconds(2);
    private static final Duration STILL = Duration.ofMillis(400);
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(3);
    private static final int LETTER = 'a';
    private static final int BACKSPACE = 0xff08;

    private final InstantPlaces places;
    private final CountDownLatch closing;
    private final Deque<PooledClone> waiting = new ArrayDeque<>();
    private volatile long takenNanos = System.nanoTime();

    ClonePool(InstantPlaces places, CountDownLatch closing) throws IOException {
        this.places = places;
        this.closing = closing;
        Files.createDirectories(places.pool());
        Files.setPosixFilePermissions(places.pool(), PosixFilePermissions.fromString("rwx--x--x"));
    }

    /** Takes over a clone that an earlier VM Manager left waiting; false when there is none of use in the directory. */
    synchronized boolean adopt(Path directory) {
        Optional<PooledClone> clone = PooledClone.read(directory)
                .filter(found -> found.process(places.run()).isPresent());
        clone.ifPresent(waiting::add);
        return clone.isPresent();
    }

    /** Removes layers of clones that are no more. */
    void sweep() throws IOException {
        for (Path layer : list(places.pool())) {
            String name =
                    layer.getFileName().toString().replaceFirst("^\\.", "").replaceFirst("\\..*", "");
            if (!Files.isDirectory(places.run().resolve(name))) {
                Files.deleteIfExists(layer);
            }
        }
    }

    /** A clone for a VM, which owns it from now on: process, directory, layer. */
    synchronized Optional<PooledClone> take(String key) {
        for (PooledClone clone : List.copyOf(waiting)) {
            if (clone.key().equals(key)) {
                waiting.remove(clone);
                Optional<GuestProcess> process = clone.process(places.run());
                if (process.isPresent()) {
                    takenNanos = System.nanoTime();
                    Precedence.USUAL.giveTo(process.get());
                    return Optional.of(clone);
                }
                remove(clone);
            }
        }
        return Optional.empty();
    }

    /** Ends one that waits; false when there is none. */
    boolean drop(String key) {
        Optional<PooledClone> dropped = take(key);
        dropped.ifPresent(this::remove);
        return dropped.isPresent();
    }

    /** How long ago a VM was given the last clone, or since this began. */
    Duration sinceTaken() {
        return Duration.ofNanos(System.nanoTime() - takenNanos);
    }

    synchronized int ready(String key) {
        return (int) waiting.stream().filter(clone -> clone.key().equals(key)).count();
    }

    synchronized int size() {
        return waiting.size();
    }

    /** Uids that its clones run under. */
    synchronized Set<Integer> uids() {
        return waiting.stream().flatMap(clone -> clone.uid().stream()).collect(Collectors.toSet());
    }

    /** Instances of its clones. */
    synchronized Set<String> instances() {
        return waiting.stream().map(PooledClone::instance).collect(Collectors.toSet());
    }

    /** Ends the clones that come from another frozen state than these. */
    void retain(Set<String> keys) {
        List<PooledClone> others;
        synchronized (this) {
            others = waiting.stream()
                    .filter(clone -> !keys.contains(clone.key()))
                    .toList();
            waiting.removeAll(others);
        }
        others.forEach(this::remove);
    }

    /** Makes one more clone wait. */
    void fill(FrozenState frozen, SealedMemory memory, Shape shape, Hypervisor hypervisor)
            throws IOException, InterruptedException {
        String instance = Freezer.newName();
        UUID machine = UUID.randomUUID();
        Path layer = places.pool().resolve(instance + ".qcow2");
        Optional<Integer> uid = places.uids().reserve();
        try {
            frozen.copyBlank(layer, uid.map(OptionalInt::of).orElseGet(OptionalInt::empty));
            DiskChain disk = DiskChain.of(frozen.below(), layer, shape.disk());
            BackgroundGuest guest = BackgroundGuest.start(
                    places,
                    hypervisor,
                    shape.machine(instance, machine, disk.links()),
                    new GuestMemory.PrivateCopy(memory.file(), Optional.of(frozen.state())),
                    uid);
            try {
                // Not before it answers: it begins in a session that it leaves.
                Precedence.BACKGROUND.giveTo(guest.process());
                Incoming.fromInherited(guest, true);
                warm(guest);
                new DiskRecord(guest.directory()).write(disk);
                PooledClone clone = new PooledClone(instance, machine, uid, frozen.key(), layer.toString());
                clone.write(guest.directory());
                guest.release();
                synchronized (this) {
                    waiting.add(clone);
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                guest.close();
                throw e;
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            Files.deleteIfExists(layer);
            throw e;
        } finally {
            places.uids().release(uid);
        }
    }

    /** Ends all clones; nothing of them stays. */
    void clear() {
        retain(Set.of());
    }

    private void warm(BackgroundGuest guest) throws IOException, InterruptedException {
        guest.tell("cont");
        long end = System.nanoTime() + WARM.toNanos();
        try (ScreenWatch screen = ScreenWatch.open(guest.sockets().vnc(), FRAME_LIMIT)) {
            screen.point(480, 490);
            screen.point(500, 500);
            long seen = screen.changes();
            screen.press(LETTER);
            screen.awaitChange(seen, ECHO_LIMIT);
            screen.press(BACKSPACE);
            pause(Duration.ofNanos(end - System.nanoTime()));
            long latest = System.nanoTime() + SETTLE_LIMIT.toNanos();
            while (screen.stillFor().compareTo(STILL) < 0 && System.nanoTime() < latest) {
                pause(STILL.minus(screen.stillFor()));
            }
        }
        guest.tell("stop");
    }

    private void pause(Duration pause) throws InterruptedException {
        if (closing.await(Math.max(0, pause.toMillis()), TimeUnit.MILLISECONDS)) {
            throw new InterruptedException("the pool is being closed");
        }
    }

    private void remove(PooledClone clone) {
        try {
            Path directory = places.run().resolve(clone.instance());
            clone.process(places.run()).ifPresent(GuestProcess::kill);
            BackgroundGuest.remove(directory, SocketPaths.of(places.sockets(), clone.instance()));
            Files.deleteIfExists(Path.of(clone.layer()));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a clone could not be removed", e);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
