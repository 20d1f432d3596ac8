package dev.oriel.api.vm;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header {@code Prefer} (RFC 7240): how long a request waits for its VM to get there. Pure. */
public final class Preference {
    private static final Duration DEFAULT = Duration.ofSeconds(10);
    private static final int MAX_SECONDS = 60;
    private static final Pattern WAIT =
            Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?(\\d{1,9})", Pattern.CASE_INSENSITIVE);
    private static final Pattern ASYNC =
            Pattern.compile("(?:^|[,;\\s])respond-async(?:$|[,;\\s])", Pattern.CASE_INSENSITIVE);

    private Preference() {}

    /** {@code wait=SECONDS} between 0 and 60; {@code respond-async} alone is 0; anything else the default of 10. */
    public static Duration wait(@Nullable String prefer) {
        if (prefer == null) {
            return DEFAULT;
        }
        Matcher wait = WAIT.matcher(prefer);
        if (wait.find()) {
            return Duration.ofSeconds(Math.min(MAX_SECONDS, Long.parseLong(wait.group(1))));
        }
        return ASYNC.matcher(prefer).find() ? Duration.ZERO : DEFAULT;
    }
}
