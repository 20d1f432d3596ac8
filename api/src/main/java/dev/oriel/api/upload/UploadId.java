package dev.oriel.api.upload;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Identity of an upload; also the name of its file. */
public record UploadId(@JsonValue UUID value) {
    static UploadId random() {
        return new UploadId(UUID.randomUUID());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
