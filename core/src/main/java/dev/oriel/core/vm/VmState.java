package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The persisted states of a VM. The moves between them stand in {@link VmLifecycle} and nowhere else. */
public enum VmState {
    /** Accepted and paid for by quota; no host works on it yet. */
    REQUESTED,
    /** A host makes its disk. */
    PROVISIONING,
    /** Its process is being started and its first frame awaited. */
    STARTING,
    /** Its CPUs run and one full frame was served. */
    RUNNING,
    SUSPENDING,
    SUSPENDED,
    /** Asked to power down; forced after a deadline. */
    STOPPING,
    /** No process; the disk is kept. */
    STOPPED,
    /** Something went wrong; the reason is kept, the disk too. */
    FAILED,
    /** Its host does not answer. */
    LOST,
    DELETING,
    /** Gone: kept as a tombstone row, answered as 404. */
    DELETED;

    /** The word used on the wire, in SQL and on pages. */
    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The state written as {@code word}.
     *
     * @throws IllegalArgumentException when there is no such state
     */
    public static VmState of(String word) {
        for (VmState state : values()) {
            if (state.word().equals(word)) {
                return state;
            }
        }
        throw new IllegalArgumentException("unknown VM state");
    }
}
