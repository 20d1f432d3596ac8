package dev.oriel.core.vm;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * Name of a template; safe as a directory name. A template that somebody imported has a tag behind the name that its
 * owner gave it ({@code lab--0a1b2c3d}), so that two users' templates, and two versions of one, never meet.
 */
public record TemplateName(@JsonValue String value) {
    private static final String TAG = "--";
    private static final Pattern SHAPE = Pattern.compile("[a-z0-9](?:[a-z0-9._-]{0,62})");

    @JsonCreator
    public TemplateName {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid TemplateName");
        }
    }

    /**
     * The full name of an imported template.
     *
     * @param shown what its owner calls it
     * @param tag 8 hex digits
     */
    public static TemplateName imported(String shown, String tag) {
        if (shown.contains(TAG)) {
            throw new IllegalArgumentException("two dashes in a row are kept for the tag");
        }
        return new TemplateName(shown + TAG + tag);
    }

    @JsonIgnore
    public boolean isImported() {
        return value.contains(TAG);
    }

    /** The name without its tag: what people see and write. */
    public String shown() {
        int tag = value.indexOf(TAG);
        return tag < 0 ? value : value.substring(0, tag);
    }

    @Override
    public String toString() {
        return value;
    }
}
