package dev.oriel.core.image;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** SHA-256 of an image's bytes in lower-case hex: the only name an image has on disk. */
public record ImageDigest(@JsonValue String value) {
    private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{64}");

    @JsonCreator
    public ImageDigest {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid ImageDigest");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
