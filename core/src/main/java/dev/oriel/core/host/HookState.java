package dev.oriel.core.host;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How far a guest that began as a copy, or was away, has been told who it is and what time it is. A guest that booted
 * from its disk needs no telling.
 */
public enum HookState {
    /** Not yet: it happens beside everything else, while the guest runs. */
    @JsonProperty("pending")
    PENDING,
    @JsonProperty("done")
    DONE,
    /** The guest has no agent that answers: it goes on with the name and the clock of the moment it was copied at. */
    @JsonProperty("failed")
    FAILED
}
