package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of one user's VM. Immutable, written as a plain UUID string everywhere. */
public record VmId(@JsonValue UUID value) {
    public VmId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static VmId random() {
        return new VmId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static VmId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new VmId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
