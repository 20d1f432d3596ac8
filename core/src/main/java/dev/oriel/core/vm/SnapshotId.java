package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of one snapshot of a VM's disk. Immutable, written as a plain UUID string everywhere. */
public record SnapshotId(@JsonValue UUID value) {
    public SnapshotId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static SnapshotId random() {
        return new SnapshotId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static SnapshotId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new SnapshotId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
