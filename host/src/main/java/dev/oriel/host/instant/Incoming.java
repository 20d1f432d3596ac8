package dev.oriel.host.instant;

import dev.oriel.host.qemu.GuestMemory;
import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Brings a machine that waits in {@code -incoming defer} to the instant it was frozen at; it is stopped then. */
public final class Incoming {
    private static final Duration STEP = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final String WAITING = "inmigrate";

    private Incoming() {}

    /** Whether the machine still waits for its state. */
    public static boolean isAwaitedBy(QmpCommands machine) throws QmpException, InterruptedException {
        return status(machine).equals(WAITING);
    }

    /**
     * Reads the state that the machine has inherited.
     *
     * @param devicesOnly whether its memory is there already, all of it
     * @throws QmpException when QEMU does not take it; the machine is of no use then
     */
    public static void fromInherited(QmpCommands machine, boolean devicesOnly)
            throws QmpException, InterruptedException {
        ignoreShared(machine, devicesOnly);
        machine.execute("migrate-incoming", Map.of("uri", "fd:" + GuestMemory.STATE_FD), STEP);
        awaitEnd(machine);
    }

    /**
     * Reads what a guest remembered, memory and all.
     *
     * @param memory see {@link SavedMemory#file}
     * @param socket made for it, where only this guest's QEMU may enter
     * @throws IOException when it is damaged, or QEMU does not take it; the machine is of no use then
     */
    public static void fromMemory(QmpCommands machine, Path memory, Path socket)
            throws IOException, InterruptedException {
        ignoreShared(machine, false);
        Files.deleteIfExists(socket);
        machine.execute("migrate-incoming", Map.of("uri", "unix:" + socket), STEP);
        try {
            MemoryFile.feed(memory, socket);
        } finally {
            Files.deleteIfExists(socket);
        }
        awaitEnd(machine);
    }

    /** Whether memory that is shared with a file is left out of what comes or goes. */
    static void ignoreShared(QmpCommands machine, boolean ignored) throws QmpException, InterruptedException {
        machine.execute(
                "migrate-set-capabilities",
                Map.of("capabilities", List.of(Map.of("capability", "x-ignore-shared", "state", ignored))),
                STEP);
    }

    /** Waits until the state is in. */
    static void awaitEnd(QmpCommands machine) throws QmpException, InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (isAwaitedBy(machine)) {
            if (System.nanoTime() > end) {
                throw QmpException.timedOut("the state");
            }
            LockSupport.parkNanos(LOOK_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    private static String status(QmpCommands machine) throws QmpException, InterruptedException {
        return machine.execute("query-status", Map.of(), STEP).path("status").asString("");
    }
}
