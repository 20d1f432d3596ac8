package dev.oriel.core.account;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of one login: what a refresh-token family and the consoles opened under it belong to. Immutable, written as a plain UUID string everywhere. */
public record LoginId(@JsonValue UUID value) {
    public LoginId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static LoginId random() {
        return new LoginId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static LoginId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new LoginId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
