package dev.oriel.host.vm;

import dev.oriel.core.host.HookState;
import dev.oriel.core.vm.VmId;
import dev.oriel.host.instant.CloneIdentity;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sees to it that a VM that began as a copy is told so, once. Beside its driver, so that nobody waits for it; a note in
 * the instance's directory says that it is still to do, also for a VM Manager that comes after this one.
 */
final class CloneHooks {
    private static final Logger LOG = System.getLogger(CloneHooks.class.getName());
    /** As many are made one after the other; after that it is said that it failed, and tried now and then. */
    private static final int MAX_TRIES = 5;

    private static final Duration LATER = Duration.ofMinutes(1);
    private static final String TIME_ONLY = "time";

    private final InstanceDirectory directory;
    private final Clock clock;
    private final HookTurns turns;
    private final AtomicBoolean atWork = new AtomicBoolean();
    private final AtomicInteger tries = new AtomicInteger();
    private volatile long lastNanos = System.nanoTime();

    /** @param turns that all guests of the host take */
    CloneHooks(InstanceDirectory directory, Clock clock, HookTurns turns) {
        this.directory = directory;
        this.clock = clock;
        this.turns = turns;
    }

    /** The guest is, or will be, a copy. */
    static void note(InstanceDirectory directory) throws IOException {
        Files.createDirectories(directory.path());
        Files.writeString(noteIn(directory), "");
    }

    /** The guest has stood still: its clock is behind, and it is who it was. */
    static void noteTime(InstanceDirectory directory) throws IOException {
        if (!Files.exists(noteIn(directory))) {
            Files.writeString(noteIn(directory), TIME_ONLY);
        }
    }

    /** What is to be said of a guest that begins to run. */
    static Optional<HookState> pendingIn(InstanceDirectory directory) {
        return Files.exists(noteIn(directory)) ? Optional.of(HookState.PENDING) : Optional.empty();
    }

    /** How far it is by now, of a guest of which {@code before} was said. */
    Optional<HookState> state(Optional<HookState> before) {
        if (!Files.exists(noteIn(directory))) {
            return before.map(_ -> HookState.DONE);
        }
        return Optional.of(tries.get() < MAX_TRIES ? HookState.PENDING : HookState.FAILED);
    }

    /** Called now and then while the guest runs. */
    void look(VmId vm, String template) {
        if (isTime() && Files.exists(noteIn(directory)) && atWork.compareAndSet(false, true)) {
            Thread.ofVirtual().name("hooks-of-" + vm).start(() -> work(vm, template));
        }
    }

    private boolean isTime() {
        return tries.get() < MAX_TRIES || System.nanoTime() - lastNanos > LATER.toNanos();
    }

    private void work(VmId vm, String template) {
        try {
            CloneIdentity identity = new CloneIdentity(directory.socketPaths().agent(), vm, template, clock);
            long begun = System.nanoTime();
            if (!identity.canBeGiven()) {
                int _ = tries.incrementAndGet();
                return;
            }
            turns.take(() -> tell(identity));
            LOG.log(
                    Level.INFO,
                    "VM {0} was told who it is and what time, after {1} ms",
                    vm,
                    (System.nanoTime() - begun) / 1_000_000);
        } catch (IOException e) {
            int _ = tries.incrementAndGet();
            LOG.log(Level.INFO, "VM " + vm + " could not be told that it is a copy: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lastNanos = System.nanoTime();
            atWork.set(false);
        }
    }

    private void tell(CloneIdentity identity) throws IOException, InterruptedException {
        if (Files.readString(noteIn(directory)).equals(TIME_ONLY)) {
            identity.tellTheTime();
        } else {
            identity.give();
        }
        Files.deleteIfExists(noteIn(directory));
    }

    private static Path noteIn(InstanceDirectory directory) {
        return directory.path().resolve("clone");
    }
}
