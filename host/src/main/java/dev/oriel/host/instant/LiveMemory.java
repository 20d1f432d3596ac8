package dev.oriel.host.instant;

import dev.oriel.host.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Writes down what a guest remembers while it runs on. Most goes out beforehand; the guest stands still only for what it
 * has changed meanwhile, and for what must be done to its disk at that very moment.
 */
public final class LiveMemory {
    private static final Duration STEP = Duration.ofSeconds(10);
    /** A guest that writes faster than it can be copied is stopped then. */
    private static final Duration RUNNING_COPY = Duration.ofSeconds(4);

    private static final Duration STOPPED_COPY = Duration.ofSeconds(30);

    private LiveMemory() {}

    /** What is done while the guest stands still. */
    public interface Standstill {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Writes {@code file}, which appears whole or not at all; the guest runs afterwards, also when this fails.
     *
     * @param socket made for it, where only this guest's QEMU may enter
     * @param start what the guest began with
     * @return how long it stood still
     * @throws IOException when it cannot be done; whether {@code meanwhile} has run it knows itself
     */
    public static Duration save(
            QmpCommands guest, Path socket, Path file, Optional<InstantStart> start, Standstill meanwhile)
            throws IOException, InterruptedException {
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        Files.deleteIfExists(part);
        try (Outgoing state = Outgoing.begin(guest, socket, part, start, true)) {
            if (!state.await("pre-switchover", RUNNING_COPY)) {
                guest.execute("stop", Map.of(), STEP);
                if (!state.await("pre-switchover", STOPPED_COPY)) {
                    throw QmpException.timedOut("the guest's memory");
                }
            }
            long stopped = System.nanoTime();
            meanwhile.run();
            state.goOn();
            state.awaitSent();
            guest.execute("cont", Map.of(), STEP);
            Duration still = Duration.ofNanos(System.nanoTime() - stopped);
            state.awaitWritten();
            MemoryFile.force(part);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            return still;
        } catch (IOException | RuntimeException e) {
            resume(guest);
            Files.deleteIfExists(part);
            throw e;
        }
    }

    private static void resume(QmpCommands guest) throws InterruptedException {
        for (String command : new String[] {"migrate_cancel", "cont"}) {
            try {
                guest.execute(command, Map.of(), STEP);
            } catch (QmpException e) {
                System.getLogger(LiveMemory.class.getName()).log(System.Logger.Level.DEBUG, command, e);
            }
        }
    }
}
