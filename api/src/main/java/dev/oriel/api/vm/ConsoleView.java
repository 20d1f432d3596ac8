package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a VM's console.
 *
 * @param url the WebSocket's address
 * @param ticket lets one viewer in once; only ever in the answer to a POST
 * @param viewer the console's id in the list of viewers, once it is open
 * @param page the path of the page that shows it
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ConsoleView(
        String url,
        @Nullable String ticket,
        @Nullable Instant expiresAt,
        @Nullable String viewer,
        String page) {
    /** Never the ticket: records print all their members, and this one might get logged. */
    @Override
    public String toString() {
        return "ConsoleView[" + url + "]";
    }
}
