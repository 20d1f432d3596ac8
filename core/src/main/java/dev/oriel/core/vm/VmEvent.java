package dev.oriel.core.vm;

import java.util.Locale;

/** The kind of a {@link VmCommand}: a column of the lifecycle table. */
public enum VmEvent {
    START(true),
    STOP(true),
    RESTART(true),
    RESET(true),
    SUSPEND(true),
    RESUME(true),
    FORK(true),
    SNAPSHOT(true),
    RESTORE(true),
    DELETE(true),
    SAW_PROVISIONING(false),
    SAW_STARTING(false),
    SAW_RUNNING(false),
    SAW_SUSPENDING(false),
    SAW_SUSPENDED(false),
    SAW_STOPPING(false),
    SAW_STOPPED(false),
    SAW_FAILED(false),
    SAW_GONE(false),
    HOST_LOST(false);

    private final boolean verb;

    VmEvent(boolean verb) {
        this.verb = verb;
    }

    /** Whether a user may ask for it: only verbs become actions and buttons. */
    public boolean isVerb() {
        return verb;
    }

    /** The word used on the wire: {@code start}, {@code saw-running}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
