package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** Name of a template, as users and URLs write it; safe as a directory name. */
public record TemplateName(@JsonValue String value) {
    private static final Pattern SHAPE = Pattern.compile("[a-z0-9](?:[a-z0-9._-]{0,62})");

    @JsonCreator
    public TemplateName {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid TemplateName");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
