package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What becomes of a running VM that nobody watches. */
public enum WhenUnwatched {
    @JsonProperty("run")
    RUN,
    @JsonProperty("pause")
    PAUSE,
    @JsonProperty("suspend")
    SUSPEND;

    /** The word used on the wire and in SQL. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
