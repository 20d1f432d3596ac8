package dev.oriel.host.instant;

import dev.oriel.core.unit.Bytes;
import dev.oriel.host.disk.DiskChain;
import dev.oriel.host.disk.DiskLink;
import dev.oriel.host.qemu.GuestMemory;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.rfb.ScreenWatch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Makes a frozen state: boots one guest whose memory is a file, waits until it is up and idle, stops it and keeps
 * memory, devices, disk and last picture. Cut short at any moment it leaves what the next start removes.
 */
final class Freezer {
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final Duration FRAME_LIMIT = Duration.ofSeconds(60);
    private static final Duration STATE_LIMIT = Duration.ofSeconds(60);
    private static final long NO_LIMIT = 1L << 40;
    private static final long RESERVE = 512L << 20;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final InstantPlaces places;
    private final FrozenStore store;
    private final InstantConfig config;
    private final CountDownLatch closing;

    Freezer(InstantPlaces places, FrozenStore store, InstantConfig config, CountDownLatch closing) {
        this.places = places;
        this.store = store;
        this.config = config;
        this.closing = closing;
    }

    /**
     * Freezes a guest of this shape.
     *
     * @param kind of the VMs that will start from it
     * @param anyway whether to freeze a guest that does not come to rest as it is
     * @param progress told what is being done, in a few words
     * @throws IOException when it cannot be done; nothing stays then
     */
    FrozenState freeze(
            Kind kind,
            Shape shape,
            String key,
            Hypervisor hypervisor,
            BooleanSupplier anyway,
            Consumer<String> progress)
            throws IOException, InterruptedException {
        requireRoom(shape.memory());
        Optional<FrozenState.Manifest.Other> other =
                kind.other().map(hardware -> new FrozenState.Manifest.Other(kind.template(), hardware.cpus()));
        FrozenState part = store.begin(new FrozenState.Manifest(
                key, shape.below(), shape.memory(), shape.disk(), places.clock().instant(), other));
        try {
            progress.accept("booting a copy to freeze");
            record(shape, part, hypervisor, new Patience(anyway, progress));
            progress.accept("keeping the frozen copy");
            return store.keep(part);
        } catch (IOException | InterruptedException | RuntimeException e) {
            store.remove(part);
            throw e;
        }
    }

    /** A random name that no instance has. */
    static String newName() {
        byte[] name = new byte[4];
        RANDOM.nextBytes(name);
        return HexFormat.of().formatHex(name);
    }

    /** How long to wait, and whom to tell. */
    private record Patience(BooleanSupplier freezesAnyway, Consumer<String> progress) {}

    private void record(Shape shape, FrozenState part, Hypervisor hypervisor, Patience patience)
            throws IOException, InterruptedException {
        Optional<Integer> uid = places.uids().reserve();
        try {
            record(shape, part, hypervisor, uid, patience);
        } finally {
            places.uids().release(uid);
        }
    }

    private void record(Shape shape, FrozenState part, Hypervisor hypervisor, Optional<Integer> uid, Patience patience)
            throws IOException, InterruptedException {
        OptionalInt owner = uid.map(OptionalInt::of).orElseGet(OptionalInt::empty);
        places.overlays().create(part.disk(), Optional.of(shape.baseFile()), shape.disk(), owner);
        makeMemoryFile(part.ram(), owner);
        List<DiskLink> disk =
                DiskChain.of(shape.below(), part.disk(), shape.disk()).links();
        try (BackgroundGuest guest = BackgroundGuest.start(
                places,
                hypervisor,
                shape.machine(newName(), UUID.randomUUID(), disk),
                new GuestMemory.SharedFile(part.ram()),
                uid)) {
            Courtesy courtesy = new Courtesy(guest.process(), places.usersRun());
            courtesy.look();
            guest.tell("cont");
            awaitIdle(guest, patience, courtesy);
            patience.progress().accept("freezing the running copy");
            takePicture(guest, part.directory().resolve("screen.png"));
            guest.tell("stop");
            writeState(guest, part.state());
            if (!guest.quit()) {
                throw new IOException("the frozen guest does not end");
            }
        }
    }

    private void awaitIdle(BackgroundGuest guest, Patience patience, Courtesy courtesy)
            throws IOException, InterruptedException {
        try (ScreenWatch screen = ScreenWatch.open(guest.sockets().vnc(), FRAME_LIMIT)) {
            patience.progress().accept("waiting for the copy to come up and rest");
            GuestAgent agent = new GuestAgent(guest.sockets().agent());
            boolean rests = new Idleness(guest.process(), screen, agent, config.freezeRest(), closing)
                    .await(config.freezeLimit(), courtesy::look);
            if (!rests && !patience.freezesAnyway().getAsBoolean()) {
                throw new IOException("the guest does not come to rest within "
                        + config.freezeLimit().toSeconds() + " s");
            }
        }
    }

    private static void takePicture(BackgroundGuest guest, Path place) throws IOException, InterruptedException {
        Path file = guest.sockets().control().resolve("screen.png");
        guest.execute("screendump", Map.of("filename", file.toString(), "format", "png"), STEP);
        Files.copy(file, place, java.nio.file.LinkOption.NOFOLLOW_LINKS);
    }

    /** QEMU makes no file of its own here: it may write to this one only. */
    private static void makeMemoryFile(Path ram, OptionalInt owner) throws IOException {
        Files.createFile(ram, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (owner.isPresent()) {
            Files.setAttribute(ram, "unix:uid", owner.getAsInt());
        }
    }

    /** The state of everything but the memory. QEMU has no right to make files: it writes to a socket of ours. */
    private static void writeState(BackgroundGuest guest, Path state) throws IOException, InterruptedException {
        Incoming.ignoreShared(guest, true);
        guest.execute("migrate-set-parameters", Map.of("max-bandwidth", NO_LIMIT), STEP);
        try (StateSocket socket = StateSocket.open(guest.sockets().state())) {
            CompletableFuture<Long> written = socket.receive(channel -> copy(channel, state));
            guest.execute("migrate", Map.of("uri", "unix:" + socket.path()), STEP);
            long bytes = written.get(STATE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            String status = guest.execute("query-migrate", Map.of(), STEP)
                    .path("status")
                    .asString("");
            if (!status.equals("completed") || bytes == 0) {
                throw new IOException("the state was not written: " + status);
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the state was not written in time", e);
        }
    }

    private static long copy(SocketChannel from, Path file) throws IOException {
        try (FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long at = 0;
            long moved = to.transferFrom(from, at, 1 << 20);
            while (moved > 0) {
                at += moved;
                moved = to.transferFrom(from, at, 1 << 20);
            }
            return at;
        }
    }

    private void requireRoom(Bytes memory) throws IOException {
        long free = places.data().toFile().getUsableSpace();
        if (free < memory.value() + RESERVE) {
            throw new IOException("too little disk space for a frozen copy");
        }
    }
}
