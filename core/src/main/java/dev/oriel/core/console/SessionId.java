package dev.oriel.core.console;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of an active session: one user using one VM. Immutable, written as a plain UUID string everywhere. */
public record SessionId(@JsonValue UUID value) {
    public SessionId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static SessionId random() {
        return new SessionId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static SessionId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new SessionId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
