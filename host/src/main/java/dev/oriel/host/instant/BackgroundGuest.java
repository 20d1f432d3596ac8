package dev.oriel.host.instant;

import dev.oriel.host.qemu.Accelerator;
import dev.oriel.host.qemu.ControlGroups;
import dev.oriel.host.qemu.GuestMemory;
import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.Hypervisor;
import dev.oriel.host.qemu.Machine;
import dev.oriel.host.qemu.RunAs;
import dev.oriel.host.qemu.SocketPaths;
import dev.oriel.host.qmp.QmpClient;
import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A guest that belongs to no VM: one that is being frozen, or waits in the pool. Used by one thread at a time. A VM
 * Manager that is killed leaves its process and its directory behind; the next one ends what no VM and no pool claims.
 */
final class BackgroundGuest implements QmpCommands, AutoCloseable {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(20);
    private static final Duration STEP = Duration.ofSeconds(5);
    private static final Duration END_LIMIT = Duration.ofSeconds(5);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Path directory;
    private final SocketPaths sockets;
    private final GuestProcess process;
    private final QmpClient qmp;
    private final Set<String> working;

    private BackgroundGuest(
            Path directory, SocketPaths sockets, GuestProcess process, QmpClient qmp, Set<String> working) {
        this.working = working;
        this.directory = directory;
        this.sockets = sockets;
        this.process = process;
        this.qmp = qmp;
    }

    /**
     * Starts it and waits until it takes commands.
     *
     * @throws IOException when it does not; nothing stays then
     */
    static BackgroundGuest start(
            InstantPlaces places, Hypervisor hypervisor, Machine machine, GuestMemory memory, Optional<Integer> uid)
            throws IOException, InterruptedException {
        Path directory = places.run().resolve(machine.instance());
        SocketPaths sockets = SocketPaths.of(places.sockets(), machine.instance());
        places.working().add(machine.instance());
        Files.createDirectories(directory);
        Optional<GuestProcess> process = Optional.empty();
        try {
            Accelerator.Kind accelerator = hypervisor.accelerator().kind();
            RunAs runAs =
                    RunAs.on(accelerator, uid.map(OptionalInt::of).orElseGet(OptionalInt::empty), places.vncGid());
            GuestProcess alive = hypervisor.launcher().launch(machine, memory, accelerator, sockets, runAs, directory);
            process = Optional.of(alive);
            return new BackgroundGuest(directory, sockets, alive, connect(alive, sockets), places.working());
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.ifPresent(GuestProcess::kill);
            places.working().remove(machine.instance());
            remove(directory, sockets, e instanceof IOException);
            throw e;
        }
    }

    GuestProcess process() {
        return process;
    }

    Path directory() {
        return directory;
    }

    SocketPaths sockets() {
        return sockets;
    }

    @Override
    public JsonNode execute(String command, Map<String, ?> arguments, Duration limit)
            throws QmpException, InterruptedException {
        return qmp.execute(command, arguments, limit);
    }

    void tell(String command) throws QmpException, InterruptedException {
        JsonNode _ = qmp.execute(command, STEP);
    }

    /** Lets go of it: it stays as it is, for somebody else to connect to. */
    void release() {
        qmp.close();
        notWorking();
    }

    /** Has it write out what it holds and end by itself; false when it does not. */
    boolean quit() throws InterruptedException {
        try {
            tell("quit");
        } catch (QmpException e) {
            // It may end before it has answered.
            System.getLogger(BackgroundGuest.class.getName()).log(System.Logger.Level.DEBUG, "quit", e);
        }
        long end = System.nanoTime() + END_LIMIT.toNanos();
        while (process.isAlive() && System.nanoTime() < end) {
            pause();
        }
        return !process.isAlive();
    }

    /** Ends the process and removes all that is its own, but not its disk. */
    @Override
    public void close() throws IOException {
        qmp.close();
        process.kill();
        notWorking();
        remove(directory, sockets, false);
    }

    private void notWorking() {
        working.remove(directory.getFileName().toString());
    }

    /** Removes what a background guest's process has left; the process has ended. */
    static void remove(Path directory, SocketPaths sockets) throws IOException {
        remove(directory, sockets, false);
    }

    private static void remove(Path directory, SocketPaths sockets, boolean tellWhy) throws IOException {
        if (tellWhy && Files.exists(directory.resolve("qemu.log"))) {
            System.getLogger(BackgroundGuest.class.getName())
                    .log(System.Logger.Level.WARNING, "QEMU: {0}", lastWords(directory.resolve("qemu.log")));
        }
        ControlGroups.removeNotedIn(directory);
        sockets.remove();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(directory);
    }

    private static String lastWords(Path log) throws IOException {
        String text = Files.readString(log, java.nio.charset.StandardCharsets.ISO_8859_1);
        return text.substring(Math.max(0, text.length() - 500))
                .replaceAll("[^\\x20-\\x7e]+", " ")
                .strip();
    }

    private static QmpClient connect(GuestProcess process, SocketPaths sockets)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + CONNECT_LIMIT.toNanos();
        while (true) {
            try {
                return QmpClient.connect(sockets.qmp(), STEP);
            } catch (QmpException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new IOException("its process does not answer", e);
                }
                pause();
            }
        }
    }

    private static void pause() throws InterruptedException {
        LockSupport.parkNanos(LOOK_NANOS);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
