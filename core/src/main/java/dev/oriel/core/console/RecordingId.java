package dev.oriel.core.console;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of one recording of a console. Immutable, written as a plain UUID string everywhere. */
public record RecordingId(@JsonValue UUID value) {
    public RecordingId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static RecordingId random() {
        return new RecordingId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static RecordingId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new RecordingId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
