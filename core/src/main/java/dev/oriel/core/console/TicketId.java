package dev.oriel.core.console;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import java.util.UUID;

/** Identity of a console ticket, used up by the first redemption. Immutable, written as a plain UUID string everywhere. */
public record TicketId(@JsonValue UUID value) {
    public TicketId {
        Objects.requireNonNull(value);
    }

    /** A fresh random id. */
    public static TicketId random() {
        return new TicketId(UUID.randomUUID());
    }

    /**
     * Reads the canonical 36-character form.
     *
     * @throws IllegalArgumentException when the text is not exactly a UUID in canonical lower-case form
     */
    @JsonCreator
    public static TicketId of(String text) {
        UUID parsed = UUID.fromString(text);
        if (!parsed.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical UUID");
        }
        return new TicketId(parsed);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
