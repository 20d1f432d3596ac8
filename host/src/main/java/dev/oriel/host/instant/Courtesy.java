package dev.oriel.host.instant;

import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.Precedence;
import java.util.function.BooleanSupplier;

/**
 * Has a guest that boots to be frozen step back while people use theirs: a boot takes all it can get, and keys typed
 * into other guests came late or not at all. Used by one thread.
 */
final class Courtesy {
    private final GuestProcess process;
    private final BooleanSupplier usersRun;
    private Precedence given = Precedence.USUAL;

    Courtesy(GuestProcess process, BooleanSupplier usersRun) {
        this.process = process;
        this.usersRun = usersRun;
    }

    /** Looks who runs now; called every now and then. */
    void look() {
        Precedence due = usersRun.getAsBoolean() ? Precedence.BACKGROUND : Precedence.USUAL;
        if (due != given) {
            due.giveTo(process);
            given = due;
        }
    }
}
