package dev.oriel.core.console;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of a share link: what its visitors and the consoles they open belong to. Immutable, written as a plain UUID string everywhere. */
public record ShareId(@JsonValue UUID value) {
    public ShareId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static ShareId random() {
        return new ShareId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static ShareId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new ShareId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
