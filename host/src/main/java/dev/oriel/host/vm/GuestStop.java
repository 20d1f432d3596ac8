package dev.oriel.host.vm;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Ends a guest: asks it to power down, then asks QEMU to quit, then SIGTERM, then SIGKILL. At its worst, with a QEMU
 * that is stopped and answers nothing, that takes the grace plus 14 s.
 */
final class GuestStop {
    private static final Duration STEP = Duration.ofSeconds(2);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);
    /** A guest that is still booting misses the power button: it is pressed again. */
    private static final Duration AGAIN = Duration.ofSeconds(3);

    private final Guest guest;
    private final Attention attention;
    private final BooleanSupplier interrupted;

    /** @param interrupted tells that nobody waits for this any more: the guest is then left as it is */
    GuestStop(Guest guest, Attention attention, BooleanSupplier interrupted) {
        this.guest = guest;
        this.attention = attention;
        this.interrupted = interrupted;
    }

    /**
     * Answers whether the process has ended.
     *
     * @param forced looked at while the guest gets its grace: true ends that at once
     */
    boolean run(Duration grace, BooleanSupplier forced) throws InterruptedException {
        boolean ended = powerDown(grace, forced);
        if (!ended && !interrupted.getAsBoolean()) {
            guest.tell("quit");
            ended = awaitEnd(STEP);
        }
        if (!ended && !interrupted.getAsBoolean()) {
            guest.process().terminate();
            ended = awaitEnd(STEP);
        }
        if (!ended && !interrupted.getAsBoolean()) {
            guest.process().kill();
            ended = awaitEnd(KILL_LIMIT);
        }
        return ended;
    }

    private boolean powerDown(Duration grace, BooleanSupplier forced) throws InterruptedException {
        long end = System.nanoTime() + grace.toNanos();
        BooleanSupplier over = () -> !guest.isAlive() || forced.getAsBoolean() || interrupted.getAsBoolean();
        long left = grace.toNanos();
        if (left > 0) {
            // A guest that stands still does not hear the button.
            guest.tell("cont");
        }
        while (left > 0 && !over.getAsBoolean()) {
            if (!guest.tell("system_powerdown")) {
                return !guest.isAlive();
            }
            attention.await(Duration.ofNanos(Math.min(left, AGAIN.toNanos())), over);
            left = end - System.nanoTime();
        }
        return !guest.isAlive();
    }

    private boolean awaitEnd(Duration limit) throws InterruptedException {
        // A process that was adopted tells nobody of its end but its closed sockets: look again now and then.
        long end = System.nanoTime() + limit.toNanos();
        while (guest.isAlive() && System.nanoTime() < end) {
            attention.await(Duration.ofMillis(50), () -> !guest.isAlive());
        }
        return !guest.isAlive();
    }
}
