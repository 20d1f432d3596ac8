package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.vm.VmPhase;
import java.util.Locale;

/** Whether a VM that ended without its owner's wish is started again by itself. */
public enum RestartPolicy {
    @JsonProperty("never")
    NEVER,
    /** When its process died, its start failed or its guest panicked; not when the guest powered itself off. */
    @JsonProperty("on-failure")
    ON_FAILURE,
    /** Also when the guest powered itself off. */
    @JsonProperty("always")
    ALWAYS;

    /** The word used on the wire and in SQL. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static RestartPolicy of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** Whether what is seen of a VM that is to run calls for another start. */
    boolean callsFor(VmObservation seen) {
        boolean failed = seen.phase() == VmPhase.FAILED || seen.panicked();
        return switch (this) {
            case NEVER -> false;
            case ON_FAILURE -> failed;
            case ALWAYS -> failed || seen.phase() == VmPhase.STOPPED;
        };
    }
}
