package dev.oriel.core.host;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** Name of a host, as it stands in console URLs: one lower-case DNS label. */
public record HostName(@JsonValue String value) {
    private static final Pattern SHAPE = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

    @JsonCreator
    public HostName {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid HostName");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
