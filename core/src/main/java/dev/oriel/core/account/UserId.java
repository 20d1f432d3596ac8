package dev.oriel.core.account;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of an account. Immutable, written as a plain UUID string everywhere. */
public record UserId(@JsonValue UUID value) {
    public UserId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static UserId random() {
        return new UserId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static UserId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new UserId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
