package dev.oriel.api.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a client has seen before it changes something (RFC 9110 {@code If-Match}): the change is made only to that. A
 * client that sends none takes what it finds. Immutable.
 */
public final class IfMatch {
    private static final int MAX_LENGTH = 500;

    private final @Nullable String header;

    private IfMatch(@Nullable String header) {
        this.header = header;
    }

    /** From the header's value; null when it was not sent. */
    public static IfMatch of(@Nullable String header) {
        return new IfMatch(header);
    }

    /** The tag of the n-th version of something, as {@code ETag} has it. */
    public static String tag(long revision) {
        return "\"r" + revision + "\"";
    }

    /**
     * Call it where the thing cannot change any more until it is written.
     *
     * @throws OrielException precondition-failed when it is another version that the client saw
     */
    public void check(long revision) {
        if (header == null || header.strip().equals("*")) {
            return;
        }
        boolean seen = header.length() <= MAX_LENGTH
                && Arrays.stream(header.split(",", -1)).map(String::strip).anyMatch(tag(revision)::equals);
        if (!seen) {
            throw new OrielException(ErrorCode.PRECONDITION_FAILED, "It is not as your If-Match says any more.");
        }
    }
}
